#pragma once
// Credentials that were revoked, kept until they would have expired anyway. One per process; any
// thread.

#include "policies/auth/principal.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace thalamus::auth {

struct revocation {
    enum class kind : unsigned char {
        token = 1,    ///< by its `jti`
        subject = 2,  ///< tokens with a `sub` that were issued before a given time
        consumer = 3, ///< every credential of a consumer
        key = 4       ///< an API key created through the admin port, by its id
    };
    kind type = kind::token;
    std::string name;
    std::chrono::system_clock::time_point issued_before{}; ///< only for a subject
    /// The revocation need not be kept after this time.
    std::chrono::system_clock::time_point expires{};
    bool operator==(const revocation&) const = default;
};

/// The serialized form for nodes and the store, without `expires`.
std::string to_member(const revocation& revocation);
std::optional<revocation> revocation_of(std::string_view member,
                                        std::chrono::system_clock::time_point expires);

class revocations {
public:
    using time_point = std::chrono::system_clock::time_point;

    /// Merges two that differ only in their times: what either covers is covered.
    void add(const revocation& revocation);
    bool covers(const principal& principal, time_point now) const;
    bool covers_key(std::string_view id, time_point now) const;
    /// Removes expired revocations.
    void sweep(time_point now);
    std::size_t size() const { return size_.load(std::memory_order_relaxed); }

private:
    struct entry {
        time_point issued_before{}, expires{};
    };
    bool holds(revocation::kind type, std::string_view name, time_point now,
               std::optional<time_point> issued) const;

    mutable std::shared_mutex mutex_;
    boost::unordered_flat_map<std::string, entry> entries_; // by kind and name
    std::atomic<std::size_t> size_{0};
};

} // namespace thalamus::auth
