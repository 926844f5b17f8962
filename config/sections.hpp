#pragma once
// The sections of the configuration language. Each has a reader, from a part of the tree into a
// part of the snapshot, and a writer for the effective configuration. Problems go to the reader; a
// wrong value keeps its default. Private to config/.

#include "config/block_writer.hpp"
#include "config/snapshot.hpp"

#include <vector>

namespace thalamus::config {

/// node, listen, admin, trusted_proxies, limits, timeouts, log
void read_gateway(block& top, snapshot& into);
void write_gateway(block_writer& top, const snapshot& from);

/// Call after read_gateway(): the cluster port must differ from the ports of listeners and admin.
void read_cluster(block& top, snapshot& into);
void write_cluster(block_writer& top, const snapshot& from);

void read_store(block& top, store_settings& into);
void write_store(block_writer& top, const store_settings& from);

void read_rate_limits(block& top, std::vector<rate_limit_settings>& into);
void write_rate_limits(block_writer& top, const std::vector<rate_limit_settings>& from);

void read_consumers(block& top, std::vector<consumer_settings>& into);
void write_consumers(block_writer& top, const std::vector<consumer_settings>& from);

void read_auth(block& top, std::vector<auth_settings>& into);
void write_auth(block_writer& top, const std::vector<auth_settings>& from);

void read_services(block& top, snapshot& into);
void write_services(block_writer& top, const std::vector<service_settings>& from);

/// Call after read_services(), read_auth() and read_rate_limits(), whose names routes use. Also
/// reports conflicts between routes.
void read_routes(block& top, snapshot& into);
void write_routes(block_writer& top, const snapshot& from);

} // namespace thalamus::config
