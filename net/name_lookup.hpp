#pragma once
// Looks up the addresses of host names: in the hosts file, then by DNS, both families (c-ares, as
// nsswitch.conf and resolv.conf say at that moment).
// Owned by whoever needs the addresses; on one reactor's thread only, the handler is called there.
// SIGPIPE must be ignored: c-ares writes to TCP when a response is too long for UDP.

#include "net/reactor.hpp"

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::net {

/// The address that `host` is, if it is no name: then there is nothing to look up.
std::optional<boost::asio::ip::address> numeric_address(const std::string& host);

struct name_lookup_settings {
    std::string servers; ///< "127.0.0.1:5353,[::1]:53"; if empty, those of resolv.conf
    std::chrono::milliseconds deadline{5'000}; ///< of one look-up, with all retries
};

class name_lookup {
public:
    /// Bounds of result::good_for. A record with TTL 0 must not cost a look-up for each request; a
    /// server that has moved must be found within the 30 s that the configuration promises,
    /// whatever its record says (Docker's own name server says 600 s).
    static constexpr std::chrono::seconds least_good_for{1}, most_good_for{30};
    /// A response may hold more addresses of one name; the others are left out.
    static constexpr std::size_t most_addresses = 256;

    struct result {
        /// Sorted, each once; empty with `error`. Without those that this machine has no route to,
        /// as they would only cost failed connects (all, if it has a route to none).
        std::vector<boost::asio::ip::address> addresses;
        std::string error; ///< why there is no address, for people
        /// How long the addresses count: the least TTL of the records, within the bounds above;
        /// most_good_for where there is no TTL (hosts file, or nothing was found).
        std::chrono::seconds good_for = most_good_for;
    };
    using handler = std::function<void(const result&)>;

    name_lookup(reactor& home, handler on_result, name_lookup_settings how = {});
    /// Cancels a look-up under way: the handler is not called any more.
    ~name_lookup();
    name_lookup(const name_lookup&) = delete;
    name_lookup& operator=(const name_lookup&) = delete;

    /// The handler is called once, later, not within this call; it may destroy this. Not while a
    /// look-up is under way. At the deadline it gets what was found until then.
    void start(const std::string& host);

private:
    class session;
    void finish();

    reactor& home_;
    const std::shared_ptr<const handler> on_result_; // shared with the call that may destroy this
    const name_lookup_settings settings_;
    std::unique_ptr<session> session_; // while a look-up is under way
};

} // namespace thalamus::net
