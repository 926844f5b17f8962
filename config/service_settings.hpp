#pragma once
// The settings of a service and its targets.
// Parts of the snapshot (config/snapshot.hpp): immutable after loading; any thread may read them.

#include "config/values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::config {

struct target_settings {
    std::string url; ///< as written
    endpoint address;
    std::uint32_t weight = 1;
};

struct health_settings {
    std::string path = "/";
    milliseconds interval{5000}, timeout{1000};
    unsigned healthy_after = 2, unhealthy_after = 3;
    std::vector<status_range> status{{200, 399}};
};

struct outlier_settings {
    unsigned consecutive_failures = 5;
    milliseconds eject_for{30000};
    unsigned max_ejected = 50; ///< percent
};

struct retry_settings {
    unsigned attempts = 2; ///< including the first
    bool on_connect = true, on_reset = true, on_timeout = false;
    std::vector<status_range> on_status;
    milliseconds backoff{25};
    unsigned budget = 20; ///< percent of the service's requests
    std::vector<std::string> methods{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
};

enum class balance_by : unsigned char { least_requests, round_robin, hash };
enum class host_policy : unsigned char { preserve, target, literal };

struct service_settings {
    std::string name;
    std::vector<target_settings> targets;
    balance_by balance = balance_by::least_requests;
    hash_source hash_on;
    milliseconds connect_timeout{2000}, timeout{10000};
    unsigned max_connections = 256; ///< on this node
    bool per_target = true;         ///< max_connections is per target, else for the whole service
    milliseconds idle{60000};
    host_policy host = host_policy::preserve;
    std::string host_literal;
    std::optional<health_settings> health;                       ///< absent = passive only
    std::optional<outlier_settings> outlier{outlier_settings{}}; ///< absent = `off`
    std::optional<retry_settings> retry{retry_settings{}};       ///< absent = `off`
    place where;
};

} // namespace thalamus::config
