#pragma once
// Which addresses to dial, and when: a pure state machine; time and randomness are passed in. Owned
// by the cluster actor and used on its reactor only.
//
// An address is wanted as long as it belongs to a seed or a member. It is dialled, again and again
// with growing, jittered pauses, unless there is a link to the node at that address.

#include "net/socket.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace thalamus::cluster {

class dial_plan {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using address = net::tcp_endpoint;

    /// Sets the wanted addresses; forgets everything about others.
    void want(const std::set<address>& wanted);
    /// The addresses to dial now. Each counts as being dialled until failed(), connected() or
    /// lost() is called for it. `linked` has the names of the nodes with a link, and this node's.
    std::vector<address> due(time_point now, const std::set<std::string>& linked);
    /// No link came about. `random` is any number. Returns the number of failures in a row.
    unsigned failed(const address& peer, time_point now, std::uint32_t random);
    /// There is a link; the node there has this name.
    void connected(const address& peer, const std::string& name);
    /// The node there has this name and rejects the link; failed() follows. It may accept one soon.
    void named(const address& peer, const std::string& name);
    /// The link ended: dial again soon.
    void lost(const address& peer, time_point now, std::uint32_t random);

    static constexpr std::chrono::milliseconds first_pause{200}, longest_pause{5000};
    /// The most attempts in progress at once.
    static constexpr std::size_t most_dials = 16;

private:
    struct entry {
        std::string name; // of the node that was linked last
        time_point next{};
        unsigned failures = 0;
        bool dialling = false;
    };
    std::map<address, entry> entries_;
};

} // namespace thalamus::cluster
