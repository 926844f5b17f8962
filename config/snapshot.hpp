#pragma once
// The immutable result of loading a configuration. config/loader.hpp creates it, and all other
// parts of the gateway read it. It is shared as std::shared_ptr<const snapshot>; any thread may
// read it. docs/configuration.md defines the keys. Durations are in milliseconds, sizes in bytes.

#include "config/auth_settings.hpp"
#include "config/cluster_settings.hpp"
#include "config/node_settings.hpp"
#include "config/rate_limit_settings.hpp"
#include "config/route_settings.hpp"
#include "config/service_settings.hpp"
#include "config/store_settings.hpp"
#include "config/values.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::config {

struct snapshot {
    node_settings node;
    std::vector<listen_settings> listen{{{"0.0.0.0", 8080}}}; ///< at least one
    admin_settings admin;
    std::vector<network> trusted_proxies;
    limit_settings limits;
    timeout_settings timeouts;
    log_settings log;
    std::optional<cluster_settings> cluster; ///< absent = one node
    store_settings store;
    std::vector<consumer_settings> consumers;
    std::vector<auth_settings> auth;
    std::vector<rate_limit_settings> rate_limits;
    std::vector<service_settings> services;
    std::vector<route_settings> routes;
    std::string version;   ///< hash of the effective configuration, 12 hex digits
    std::string effective; ///< JSON with secrets masked; the admin port serves it at /config
};

using snapshot_ptr = std::shared_ptr<const snapshot>;

} // namespace thalamus::config
