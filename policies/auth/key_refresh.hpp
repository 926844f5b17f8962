#pragma once
// When the keys of an issuer are to be fetched, and how long they count: a state machine; it knows no
// socket and no clock. Owned by the key keeper; its reactor only.
//
//   fetched ──3/4 of the lifetime──► due at the owner ──the whole──► due at any node ──keep──► not usable
//
// A failure is tried again after 1 s, then twice as long each time, at most a minute, and the cooldown where
// there are no keys that count. A token with a key that is not known asks for an early fetch; one that brought
// nothing new begins a cooldown.

#include <chrono>
#include <optional>

namespace thalamus::auth {

class key_refresh {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    struct settings {
        std::chrono::milliseconds cooldown{10'000};
        /// For how long keys count that should have been fetched anew.
        std::chrono::milliseconds keep{std::chrono::hours(24)};
    };

    /// How long keys are fresh whose issuer says so, or does not (RFC 9111 section 4.2.1 for private
    /// use; what must not be stored is stored nevertheless, for nobody could check a token otherwise).
    static std::chrono::seconds lifetime(std::optional<std::chrono::seconds> told);

    explicit key_refresh(settings by) : settings_(by) {}

    /// Keys that were fetched then, by this node or another.
    void learned(time_point fetched, std::chrono::seconds lifetime);
    void failed(time_point now);
    /// An early fetch, or another node's, brought no other keys.
    void fruitless(time_point now) { cooling_until_ = now + settings_.cooldown; }

    /// When to fetch. Only what time demands: see may_be_early().
    time_point due(bool owner) const;
    bool may_be_early(time_point now) const { return now >= cooling_until_; }
    /// Never, if there are none.
    time_point usable_until() const;

private:
    const settings settings_;
    std::optional<time_point> fetched_;
    std::chrono::seconds lifetime_{0};
    unsigned failures_ = 0; // since the last success
    time_point not_before_ = time_point::min(), cooling_until_ = time_point::min();
};

} // namespace thalamus::auth
