#pragma once
// The settings of a rate limit.
// Parts of the snapshot (config/snapshot.hpp): immutable after loading; any thread may read them.

#include "config/values.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace thalamus::config {

struct limit_key_part {
    enum class kind : unsigned char { consumer, client_ip, route, header, claim };
    kind type = kind::consumer;
    std::string name; ///< of the header (lower case) or claim
};

enum class limit_algorithm : unsigned char { token_bucket, fixed_window, sliding_window };
enum class on_missing_key : unsigned char { client_ip, reject, skip };
enum class on_store_failure : unsigned char { share, open, closed };

struct rate_limit_settings {
    std::string name;
    std::vector<limit_key_part> key{limit_key_part{}}; ///< all parts together form the key
    std::uint64_t count = 0;                           ///< per period
    milliseconds period{0};
    std::uint64_t burst = 0; ///< token bucket only; default is the count
    limit_algorithm algorithm = limit_algorithm::token_bucket;
    on_missing_key missing = on_missing_key::client_ip;
    unsigned ipv6_prefix = 64;
    on_store_failure failure = on_store_failure::share;
    bool dry_run = false;
    place where;
};

} // namespace thalamus::config
