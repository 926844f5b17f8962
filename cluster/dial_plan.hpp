#pragma once
// Which addresses to call, and when: a pure state machine with time and randomness passed in. Owned by
// the cluster actor and used on its reactor only.
//
// An address is wanted as long as it is a seed's or a member's; it is called unless a link with whoever
// is there exists, again and again with growing, jittered pauses.

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

    /// The addresses that are wanted now; what is known of others is forgotten.
    void want(const std::set<address>& wanted);
    /// What to call now: it counts as being called until failed(), answered() or lost() is said of it.
    /// `linked` are the names of those with a link, `self` included.
    std::vector<address> due(time_point now, const std::set<std::string>& linked);
    /// No link came of it. `random`: any number. Returns how often in a row that was.
    unsigned failed(const address& at, time_point now, std::uint32_t random);
    /// A link; whoever answers is called so.
    void answered(const address& at, const std::string& name);
    /// Whoever is there is called so, and refuses a link; failed() follows. It may take it soon.
    void named(const address& at, const std::string& name);
    /// The link ended: call again soon.
    void lost(const address& at, time_point now, std::uint32_t random);

    static constexpr std::chrono::milliseconds first_pause{200}, longest_pause{5000};
    /// Calls under way at once.
    static constexpr std::size_t most_calls = 16;

private:
    struct entry {
        std::string name; // who answered last
        time_point next{};
        unsigned failures = 0;
        bool calling = false;
    };
    std::map<address, entry> entries_;
};

} // namespace thalamus::cluster
