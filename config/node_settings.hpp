#pragma once
// The settings of one node: listeners, admin port, limits of client connections, logs.
// Parts of the snapshot (config/snapshot.hpp): immutable after loading; any thread may read them.

#include "config/values.hpp"

#include <cstdint>
#include <string>

namespace thalamus::config {

struct node_settings {
    std::string name;
    unsigned reactors = 1; ///< `auto` is already resolved
};

struct listen_settings {
    endpoint bind;
};

struct admin_settings {
    endpoint bind{"127.0.0.1", 9901};
    std::string token; ///< empty = not required
};

struct limit_settings {
    std::uint64_t header_bytes = 32 * 1024;
    std::uint32_t header_count = 100;
    std::uint64_t answer_header_bytes = 64 * 1024;
    std::uint64_t body = 1024 * 1024;
    std::uint32_t connections = 100000;
    std::uint64_t requests_per_connection = 0; ///< 0 = no limit
};

struct timeout_settings {
    milliseconds header{10000}, body_idle{30000}, idle{75000}, request{15000}, tunnel_idle{300000},
        drain{30000};
};

enum class log_level : unsigned char { trace, debug, info, warn, error, off };
enum class access_format : unsigned char { json, common };

struct log_settings {
    log_level level = log_level::info;
    std::string access_to = "stdout"; ///< stdout | stderr | off | a path
    access_format format = access_format::json;
};

} // namespace thalamus::config
