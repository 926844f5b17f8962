#pragma once
// Looks up host names as the system does (getaddrinfo(3): hosts file, DNS). That call blocks for as
// long as name servers are mute, so each look-up has a thread of its own: one slow service delays
// no other, and the program need not wait for it to end.
// On one reactor's thread; the handler is called there.

#include "net/reactor.hpp"

#include <boost/asio/ip/address.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::net {

/// The address that `host` is, if it is no name: then there is nothing to look up.
std::optional<boost::asio::ip::address> numeric_address(const std::string& host);

class name_lookup {
public:
    struct result {
        std::vector<boost::asio::ip::address> addresses; ///< sorted; empty with `error`
        std::string error;
    };
    using handler = std::function<void(const result&)>;
    /// Looks a host's name up, on a thread of its own, and takes the time it needs.
    using method = std::function<result(const std::string& host)>;
    static result ask_system(const std::string& host);

    name_lookup(reactor& home, handler on_result, method how = &ask_system);
    /// Abandons a look-up under way: its thread ends by itself.
    ~name_lookup();
    name_lookup(const name_lookup&) = delete;
    name_lookup& operator=(const name_lookup&) = delete;

    /// Not while one is under way.
    void start(const std::string& host);

private:
    struct shared;
    std::shared_ptr<shared> shared_;
};

} // namespace thalamus::net
