#pragma once
// Values that occur in the settings of several sections. Parts of the snapshot
// (config/snapshot.hpp): immutable after loading; any thread may read them. Durations are in
// milliseconds.

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace thalamus::config {

using std::chrono::milliseconds;

/// "host:port" as written: a name, an IPv4 address or an IPv6 address without its brackets.
struct endpoint {
    std::string host;
    std::uint16_t port = 0;
};

/// A URL that the gateway itself requests.
struct http_url {
    endpoint server;
    std::string target; ///< path and query as written; "/" if there is no path
};

/// An address range in CIDR notation, in 16-byte form (IPv4 mapped to ::ffff:0:0/96).
struct network {
    std::array<unsigned char, 16> address{};
    unsigned prefix = 128; ///< in bits of the 16-byte form: 10.0.0.0/8 has 104
    bool contains(const std::array<unsigned char, 16>& ip) const;
};

/// Location of a value in the files, for errors that are found after loading.
struct place {
    std::string file;
    int line = 0;   ///< from 1; 0 = a default
    int column = 0; ///< from 1
};

struct status_range {
    unsigned short first = 0, last = 0; ///< inclusive
};

/// The source of the value that `hash_on` and `split.on` hash.
struct hash_source {
    enum class kind : unsigned char { client_ip, header, cookie, principal, path };
    kind type = kind::client_ip;
    std::string name; ///< of the header (lower case) or cookie
};

} // namespace thalamus::config
