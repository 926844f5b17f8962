#pragma once
// Maps API keys to consumers. Stores only the SHA-256 of each key. Immutable; any thread.

#include "base/digest.hpp"
#include "config/auth_settings.hpp"
#include "policies/auth/principal.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <optional>

namespace thalamus::auth {

class api_keys {
public:
    explicit api_keys(const std::vector<config::consumer_settings>& consumers);

    /// Nothing if the key is too long.
    static std::optional<base::sha256_bytes> digest_of(std::string_view key);
    /// Null if the key is unknown. The time does not depend on how much of a key is right: digests
    /// are compared, and an attacker cannot steer those.
    std::shared_ptr<const principal> find(const base::sha256_bytes& digest) const;

private:
    boost::unordered_flat_map<base::sha256_bytes, std::shared_ptr<const principal>,
                              base::digest_hash, base::digest_equal>
        keys_;
};

} // namespace thalamus::auth
