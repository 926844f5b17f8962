#pragma once
// Which consumer an API key belongs to. Keys are not kept: their SHA-256 is. Immutable; any thread.

#include "base/digest.hpp"
#include "config/snapshot.hpp"
#include "policies/auth/principal.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <optional>

namespace thalamus::auth {

class api_keys {
public:
    explicit api_keys(const std::vector<config::consumer_settings>& consumers);

    /// Nothing if it is too long for a key.
    static std::optional<base::sha256_bytes> digest_of(std::string_view key);
    /// Null if nobody has it. The time it takes does not depend on how much of a key is right: what is
    /// compared is a digest that whoever guesses cannot steer.
    std::shared_ptr<const principal> find(const base::sha256_bytes& digest) const;

private:
    boost::unordered_flat_map<base::sha256_bytes, std::shared_ptr<const principal>,
                              base::digest_hash, base::digest_equal>
        keys_;
};

} // namespace thalamus::auth
