#pragma once
// Looks up the IPv4 and IPv6 addresses of host names: in the hosts file, then by DNS. It uses
// c-ares, with nsswitch.conf and resolv.conf as they are at the time of the look-up.
// The owner is the object that needs the addresses. Everything runs on one reactor's thread,
// including the handler. The process must ignore SIGPIPE: c-ares writes to a TCP connection when a
// response is too long for UDP.

#include "net/reactor.hpp"

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::net {

/// The address if `host` is a numeric address, which needs no look-up; nothing if it is a name.
std::optional<boost::asio::ip::address> numeric_address(const std::string& host);

struct name_lookup_settings {
    std::string servers; ///< "127.0.0.1:5353,[::1]:53"; if empty, those from resolv.conf
    std::chrono::milliseconds deadline{5'000}; ///< for one look-up, including all retries
};

class name_lookup {
public:
    /// Bounds of result::good_for. A record with TTL 0 must not cause a look-up for each request. A
    /// server that has moved must be found within the 30 s that the documentation promises, even if
    /// its record has a longer TTL (Docker's own name server sets 600 s).
    static constexpr std::chrono::seconds least_good_for{1}, most_good_for{30};
    /// A response may contain more addresses for one name; further ones are dropped.
    static constexpr std::size_t most_addresses = 256;

    struct result {
        /// Sorted and without duplicates; empty if `error` is set. Addresses that this machine has
        /// no route to are left out, because connecting to them would fail. If it has a route to
        /// none of them, all are included.
        std::vector<boost::asio::ip::address> addresses;
        std::string error; ///< why there is no address, as text for logs
        /// How long the addresses are valid: the lowest TTL of the records, within the bounds
        /// above; most_good_for if there is no TTL (hosts file, or no address was found).
        std::chrono::seconds good_for = most_good_for;
    };
    using handler = std::function<void(const result&)>;

    name_lookup(reactor& home, handler on_result, name_lookup_settings how = {});
    /// Cancels a look-up in progress: the handler is not called any more.
    ~name_lookup();
    name_lookup(const name_lookup&) = delete;
    name_lookup& operator=(const name_lookup&) = delete;

    /// The handler is called once, after this call has returned, and may destroy this object. At
    /// the deadline it gets the addresses found so far.
    /// @pre no look-up is in progress
    void start(const std::string& host);

private:
    class session;
    void finish();

    reactor& home_;
    const std::shared_ptr<const handler> on_result_; // kept by finish(): the call may destroy this
    const name_lookup_settings settings_;
    std::unique_ptr<session> session_; // while a look-up is in progress
};

} // namespace thalamus::net
