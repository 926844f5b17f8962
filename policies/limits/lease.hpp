#pragma once
// What one holder (a reactor's limiter) has in hand of one key's budget, and when it asks for more.
// A permit is spent only from here. Pure: time is passed in; of one thread.
//
//   nothing known --ask()--> asked --answered()--> in hand --spent, given back, run out--> nothing known
//                                  \--nothing left--> empty until the ledger can have more
//
// What is held ahead of demand is half of what was used up in a lease's life lately, at most twice what
// was spent since the last grant (so that it grows as demand proves itself), and asked for again before
// it is gone, so that a busy key waits for nobody.

#include "policies/limits/ledger.hpp"

#include <algorithm>
#include <optional>

namespace thalamus::limits {

using time_point = std::chrono::steady_clock::time_point;

/// What the holder of the budget answered: a grant, or that it cannot tell.
struct reply {
    enum class kind : unsigned char {
        granted,
        open,  ///< everything may pass for now
        closed ///< nothing may: nobody knows what is left
    };
    kind what = kind::granted;
    grant given; ///< with granted
};

/// The figures of RateLimit fields, as far as this holder knows.
struct figures {
    std::int64_t remaining = 0;
    std::chrono::seconds reset{0}; ///< rounded up
};

class lease {
public:
    enum class state : unsigned char {
        in_hand, ///< spend() may be called
        empty,   ///< refuse without asking: nothing is left until retry_after()
        open,
        closed,
        unknown ///< ask, and wait for the answer
    };
    /// A permit that was taken out; kept by who may have to put it back.
    struct permit {
        std::int64_t ends = 0;
    };
    struct surplus {
        std::int64_t permits = 0, ends = 0;
        explicit operator bool() const { return permits > 0; }
    };

    /// Drops what has run out.
    state look(time_point now);
    /// @pre look() said in_hand at this `now`
    permit spend();
    /// The permit was not needed; false if it must be given back to the ledger.
    bool put_back(const permit& p);

    /// What to ask for now, if anything, with `waiting` requests that cannot go on; the answer is then
    /// outstanding until answered().
    std::optional<demand> ask(const rule& by, std::int64_t waiting, time_point now);
    bool asked() const { return asked_; }
    /// `now` is when the answer came. What was needed is in hand until drop_needed().
    void answered(const rule& by, const reply& r, time_point now);
    /// What was said of an empty budget need not hold from `from` on: something was given back, or where
    /// answers come from has changed.
    void doubt(time_point from = {}) {
        told_until_ = std::min(told_until_, from);
        doubted_ = asked_;
    }
    /// When what was given back should be asked for where many may ask: it is left to gather till then.
    static time_point soon(const rule& by, time_point now);
    /// What those who waited did not take after all.
    surplus drop_needed();

    /// Takes what is better given back than held until it runs out. @return permits 0: nothing
    surplus give_up(time_point now);
    /// When give_up() should be called; max() = nothing in hand.
    time_point give_up_at() const;

    /// Takes permits out for another holder, which asked for `what`. @pre look() said in_hand or empty
    grant lend(const demand& what, time_point now);

    /// Nothing before the first answer.
    std::optional<figures> look_at(time_point now) const;
    /// At least a second, rounded up.
    std::chrono::seconds retry_after(time_point now) const;

private:
    struct batch {
        std::int64_t left = 0, size = 0, ends = 0;
        time_point until{};
        time_point give_up_at{}; // after three quarters of its life
        bool usable(time_point now) const { return left > 0 && now < until; }
    };

    batch needed_, current_, next_;
    state told_ = state::unknown; // empty, open or closed until told_until_
    time_point told_until_{};
    time_point asked_at_{}, answered_at_{};
    std::int64_t spent_ = 0; // since the last answer
    std::int64_t needed_asked_ = 0;
    double per_second_ = 0; // spent lately
    std::int64_t remaining_ = 0;
    time_point reset_at_{};
    bool asked_ = false;
    bool doubted_ = false; // while the answer is outstanding, which may not know of it yet
};

} // namespace thalamus::limits
