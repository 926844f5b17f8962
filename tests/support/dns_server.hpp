#pragma once
// A DNS server on 127.0.0.1, UDP and TCP on the same free port, that answers as it is told. One
// thread.

#include "tests/support/socket.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace thalamus::test {

/// What a name has. A query for A gets the IPv4 addresses, one for AAAA the others.
struct dns_records {
    std::vector<std::string> addresses;
    std::uint32_t ttl = 60;
    std::string alias_of; ///< if not empty: a CNAME of this, which has the addresses
    std::uint32_t alias_ttl = 60;
    int rcode = 0;          ///< RFC 1035 4.1.1
    bool truncated = false; ///< by UDP: "ask by TCP", where all of it is said
};

inline const dns_records no_such_name{{}, 0, {}, 0, 3};

class dns_server {
public:
    /// Nothing: no response. Called on the server's thread for each query; may wait at a gate.
    using handler = std::function<std::optional<dns_records>(const std::string& name)>;

    explicit dns_server(handler how);
    explicit dns_server(dns_records always)
        : dns_server([always = std::move(always)](const std::string&) { return always; }) {}
    ~dns_server();
    dns_server(const dns_server&) = delete;

    std::string address() const;
    /// How many queries for that name have come: two for each look-up of both families.
    int queries(const std::string& name) const;

private:
    void serve();
    void serve_datagram();
    bool serve_stream(socket& client, std::string& bytes);
    std::string respond(std::string_view query, bool by_udp);

    handler how_;
    socket streams_, datagrams_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::map<std::string, int> queries_;
    bool stopped_ = false;
    std::thread thread_;
};

} // namespace thalamus::test
