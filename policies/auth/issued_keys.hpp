#pragma once
// API keys that were created through the admin port: the SHA-256, consumer and creation time of
// each. Their revocations are in policies/auth/revocations. One per process; any thread.

#include "base/digest.hpp"
#include "config/auth_settings.hpp"
#include "policies/auth/principal.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::auth {

struct issued_key {
    std::string id, consumer;
    base::sha256_bytes digest{};
    std::chrono::system_clock::time_point created{}; ///< whole seconds
    std::vector<std::string> groups;                 ///< for consumers outside the configuration
    std::string member;                              ///< the serialized form it was read from
};

/// The serialized form for nodes and the store.
std::string to_member(const issued_key& key);
std::optional<issued_key> issued_key_of(std::string_view member);

class issued_keys {
public:
    /// Groups of configured consumers come from the configuration, which must outlive this object.
    explicit issued_keys(const std::vector<config::consumer_settings>& consumers)
        : consumers_(consumers) {}

    void add(const issued_key& key);
    /// Returns the removed key; nothing if the id is unknown.
    std::optional<issued_key> remove(std::string_view id);
    /// Null if the key is unknown.
    std::shared_ptr<const principal> find(const base::sha256_bytes& digest) const;
    std::vector<issued_key> keys_of(std::string_view consumer) const; ///< in order of creation

private:
    struct entry {
        issued_key key;
        std::shared_ptr<const auth::principal> principal;
    };
    const std::vector<config::consumer_settings>& consumers_;
    mutable std::shared_mutex mutex_;
    boost::unordered_flat_map<base::sha256_bytes, entry, base::digest_hash, base::digest_equal>
        keys_;
    boost::unordered_flat_map<std::string, base::sha256_bytes> by_id_;
};

} // namespace thalamus::auth
