#pragma once
// JSON of cluster, store, consumers, auth and rate limits for effective.cpp. Private to config/.

#include "config/snapshot.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace thalamus::config {

nlohmann::ordered_json cluster_json(const std::optional<cluster_settings>& cluster);
/// Includes the password, which mask_store() masks.
nlohmann::ordered_json store_json(const store_settings& store);
void mask_store(nlohmann::ordered_json& store);
nlohmann::ordered_json consumer_json(const consumer_settings& consumer, bool whole);
/// `whole` includes secrets and the keys of key files, for the hash.
nlohmann::ordered_json auth_json(const auth_settings& auth_method, bool whole);
nlohmann::ordered_json require_json(const require_settings& required);
nlohmann::ordered_json rate_limit_json(const rate_limit_settings& limit);

} // namespace thalamus::config
