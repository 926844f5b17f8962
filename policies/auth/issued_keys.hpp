#pragma once
// API keys that were made through the admin port: of each its SHA-256, whose it is and when it was made.
// Whether one was revoked is another matter (policies/auth/revocations). One per process; any thread.

#include "base/digest.hpp"
#include "config/snapshot.hpp"
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
    std::vector<std::string> groups; ///< of a consumer that the configuration does not name
    std::string member;              ///< as it was read
};

/// How nodes and the store hold one.
std::string to_member(const issued_key& what);
std::optional<issued_key> issued_key_of(std::string_view member);

class issued_keys {
public:
    /// Groups of configured consumers are those of the configuration, which must outlive this.
    explicit issued_keys(const std::vector<config::consumer_settings>& consumers)
        : consumers_(consumers) {}

    void add(const issued_key& what);
    /// The one with that id, which was there.
    std::optional<issued_key> remove(std::string_view id);
    /// Null if nobody has it.
    std::shared_ptr<const principal> find(const base::sha256_bytes& digest) const;
    std::vector<issued_key> of(std::string_view consumer) const; ///< in the order they were made

private:
    struct entry {
        issued_key key;
        std::shared_ptr<const principal> who;
    };
    const std::vector<config::consumer_settings>& consumers_;
    mutable std::shared_mutex mutex_;
    boost::unordered_flat_map<base::sha256_bytes, entry, base::digest_hash, base::digest_equal>
        keys_;
    boost::unordered_flat_map<std::string, base::sha256_bytes> by_id_;
};

} // namespace thalamus::auth
