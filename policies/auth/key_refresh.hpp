#pragma once
// When the keys of an issuer are to be fetched, and how long they are valid: a state machine
// without sockets or clock. Owned by the JWKS manager; used on its reactor only.
//
//   fetched ──3/4 of lifetime──► due at the owner ──lifetime──► due at any node ──keep──► unusable
//
// A failed fetch is retried after 1 s, then after twice as long each time: at most a minute, or
// the cooldown while there are no valid keys. A token with an unknown key requests an early fetch;
// one that brings nothing new starts a cooldown.

#include <chrono>
#include <optional>

namespace thalamus::auth {

class key_refresh {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    struct settings {
        std::chrono::milliseconds cooldown{10'000};
        /// How long keys stay valid after they should have been fetched again.
        std::chrono::milliseconds keep{std::chrono::hours(24)};
    };

    /// How long keys are fresh, whether the issuer states it or not (RFC 9111 section 4.2.1 for a
    /// private cache). Even keys marked no-store are kept, because no token could be verified
    /// otherwise.
    static std::chrono::seconds lifetime(std::optional<std::chrono::seconds> allowed);

    explicit key_refresh(settings settings) : settings_(settings) {}

    /// Keys were fetched at that time, by this node or another.
    void learned(time_point fetched, std::chrono::seconds lifetime);
    void failed(time_point now);
    /// An early fetch, or one by another node, brought no new keys.
    void fruitless(time_point now) { cooling_until_ = now + settings_.cooldown; }

    /// When to fetch next because of time alone; see may_be_early() for early fetches.
    time_point due(bool owner) const;
    bool may_be_early(time_point now) const { return now >= cooling_until_; }
    /// time_point::min() if there are no keys.
    time_point usable_until() const;

private:
    const settings settings_;
    std::optional<time_point> fetched_;
    std::chrono::seconds lifetime_{0};
    unsigned failures_ = 0; // since the last success
    time_point not_before_ = time_point::min(), cooling_until_ = time_point::min();
};

} // namespace thalamus::auth
