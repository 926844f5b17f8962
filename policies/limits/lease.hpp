#pragma once
// The permits that one holder (a reactor's limiter) has from one key's budget, and when it requests
// more. Permits are spent only from here. Pure: time is passed in; one thread.
//
//   unknown --request()--> requested --on_reply()--> in hand --spent, returned, expired--> unknown
//                              \--nothing left--> empty until the ledger can have more
//
// The number of permits held ahead of demand is half of what was used during a lease's life lately,
// at most twice what was spent since the last grant (so that it grows as demand proves itself).
// More are asked for before they run out, so that a busy key never has to wait.

#include "policies/limits/ledger.hpp"

#include <algorithm>
#include <optional>

namespace thalamus::limits {

using time_point = std::chrono::steady_clock::time_point;

/// The reply of the permit source: a grant, or a fallback verdict because it cannot tell.
struct reply {
    enum class kind : unsigned char {
        granted,
        open,  ///< everything may pass for now
        closed ///< nothing may pass: the remaining quota is unknown
    };
    kind type = kind::granted;
    grant given; ///< if granted
};

/// The values of the RateLimit fields, as far as this holder knows.
struct figures {
    std::int64_t remaining = 0;
    std::chrono::seconds reset{0}; ///< rounded up
};

class lease {
public:
    enum class state : unsigned char {
        in_hand, ///< spend() may be called
        empty,   ///< reject without asking: nothing is left until retry_after()
        open,
        closed,
        unknown ///< ask, and wait for the reply
    };
    /// A permit that was taken out; the caller keeps it, because it may have to refund it.
    struct permit {
        std::int64_t ends = 0;
    };
    struct surplus {
        std::int64_t permits = 0, ends = 0;
        explicit operator bool() const { return permits > 0; }
    };

    /// Discards permits that have expired.
    state look(time_point now);
    /// @pre look() returned in_hand at this `now`
    permit spend();
    /// The permit was not needed; false if it must be given back to the ledger.
    bool refund(const permit& p);

    /// What to ask for now, if anything, with `waiting` requests that cannot proceed. The reply is
    /// then outstanding until on_reply().
    std::optional<demand> request(const rule& rule, std::int64_t waiting, time_point now);
    bool awaits_reply() const { return awaits_reply_; }
    /// `now` is when the reply arrived. The required permits are in hand until drop_needed().
    void on_reply(const rule& rule, const reply& r, time_point now);
    /// A reply that the budget is empty may be wrong from `since` on: permits were given back, or
    /// the source of permits has changed.
    void invalidate(time_point since = {}) {
        reported_until_ = std::min(reported_until_, since);
        invalidated_ = awaits_reply_;
    }
    /// When permits that were given back should be asked for if many may ask: they accumulate until
    /// then.
    static time_point soon(const rule& rule, time_point now);
    /// The required permits that the waiting requests did not take.
    surplus drop_needed();

    /// Takes permits that are better given back than held until they expire. @return permits 0:
    /// nothing
    surplus give_up(time_point now);
    /// When give_up() should be called; max() = nothing is in hand.
    time_point give_up_at() const;

    /// Takes out permits for another holder, which requested `demand`. @pre look() returned in_hand
    /// or empty
    grant delegate(const demand& demand, time_point now);

    /// Nothing before the first reply.
    std::optional<figures> look_at(time_point now) const;
    /// At least one second, rounded up.
    std::chrono::seconds retry_after(time_point now) const;

private:
    struct batch {
        std::int64_t left = 0, size = 0, ends = 0;
        time_point until{};
        time_point give_up_at{}; // after three quarters of its life
        bool usable(time_point now) const { return left > 0 && now < until; }
    };

    batch needed_, current_, next_;
    state reported_ = state::unknown; // empty, open or closed until reported_until_
    time_point reported_until_{};
    time_point requested_at_{}, replied_at_{};
    std::int64_t spent_ = 0; // since the last reply
    std::int64_t needed_requested_ = 0;
    double per_second_ = 0; // recent rate of spending
    std::int64_t remaining_ = 0;
    time_point reset_at_{};
    bool awaits_reply_ = false;
    bool invalidated_ = false; // while a reply is outstanding, which may not reflect it yet
};

} // namespace thalamus::limits
