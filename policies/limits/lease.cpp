#include "policies/limits/lease.hpp"

#include <algorithm>
#include <utility>

namespace thalamus::limits {

using namespace std::chrono_literals;

namespace {

/// Lifetime of an open or closed fallback verdict.
constexpr auto open_or_closed_for = 50ms;
/// Demand measured over a longer time says nothing about now.
constexpr auto recent = 1s;

std::chrono::seconds round_up(std::chrono::steady_clock::duration d) {
    return std::chrono::ceil<std::chrono::seconds>(std::max(d, decltype(d)::zero()));
}

} // namespace

time_point lease::soon(const rule& by, time_point now) {
    return now + std::max<time_point::duration>(1ms, by.lease_life / 4);
}

lease::state lease::look(time_point now) {
    if (needed_.left > 0 || current_.usable(now)) return state::in_hand;
    current_ = next_;
    next_ = {};
    if (current_.usable(now)) return state::in_hand;
    current_.left = 0;
    return now < told_until_ ? told_ : state::unknown;
}

lease::permit lease::spend() {
    auto& from = needed_.left > 0 ? needed_ : current_;
    --from.left;
    ++spent_;
    return {from.ends};
}

bool lease::refund(const permit& p) {
    spent_ = std::max<std::int64_t>(0, spent_ - 1); // it may have been spent before the last reply
    if (current_.left > 0 && current_.ends == p.ends) {
        ++current_.left;
        return true;
    }
    ++remaining_;
    return false;
}

std::optional<demand> lease::ask(const rule& by, std::int64_t waiting, time_point now) {
    if (asked_) return std::nullopt;
    const bool ahead = by.lease_life.count() > 0;
    if (waiting == 0) {
        const bool running_low = current_.size > 0 && current_.left * 4 <= current_.size;
        if (!ahead || !running_low || next_.usable(now) || now < told_until_) return std::nullopt;
    }
    demand what{waiting, 0};
    if (ahead) {
        const std::chrono::duration<double> passed = now - answered_at_, life = by.lease_life;
        const double lately = static_cast<double>(spent_) / std::max(passed.count(), 1e-6);
        per_second_ = passed > recent ? lately : (per_second_ + lately) / 2;
        const auto half_a_life = static_cast<std::int64_t>(per_second_ * life.count() / 2);
        what.extra = std::min(half_a_life, 2 * spent_);
        if (waiting == 0 && what.extra == 0) return std::nullopt;
    }
    asked_ = true;
    asked_at_ = now;
    needed_asked_ = waiting;
    return what;
}

void lease::answered(const rule& by, const reply& r, time_point now) {
    asked_ = false;
    const bool doubted = std::exchange(doubted_, false);
    answered_at_ = now;
    spent_ = 0;
    if (r.what != reply::kind::granted) {
        told_ = r.what == reply::kind::open ? state::open : state::closed;
        told_until_ = now + open_or_closed_for;
        return;
    }
    const auto& g = r.given;
    const bool bucket = by.algorithm == config::limit_algorithm::token_bucket;
    const auto needed = std::min(g.granted, needed_asked_);
    needed_ = {needed, needed, bucket ? g.ends - g.life.count() : g.ends, now, now};
    if (const auto extra = g.granted - needed; extra > 0) {
        const batch more{extra, extra, g.ends, asked_at_ + g.life, asked_at_ + g.life * 3 / 4};
        (current_.usable(now) ? next_ : current_) = more;
    }
    remaining_ = g.remaining;
    reset_at_ = now + g.reset;
    told_ = state::unknown;
    told_until_ = {};
    if (g.remaining == 0) {
        // Returning permits are left to accumulate for a while, so that a busy key is not asked for
        // permit by permit.
        told_ = state::empty;
        // Not before now, however long the reply took: the requests that waited for it are
        // rejected.
        told_until_ = std::max<time_point>(asked_at_ + std::max(g.retry, by.lease_life / 4),
                                           now + std::chrono::milliseconds(1));
        if (doubted) told_until_ = std::min(told_until_, soon(by, now));
    }
}

lease::surplus lease::drop_needed() {
    const surplus dropped{needed_.left, needed_.ends};
    needed_.left = 0;
    return dropped;
}

lease::surplus lease::give_up(time_point now) {
    for (auto* b : {&current_, &next_})
        if (b->left > 0 && now >= b->give_up_at) {
            const surplus left{b->left, b->ends};
            *b = {};
            return left;
        }
    return {};
}

time_point lease::give_up_at() const {
    auto at = time_point::max();
    for (const auto* b : {&current_, &next_})
        if (b->left > 0) at = std::min(at, b->give_up_at);
    return at;
}

grant lease::delegate(const demand& what, time_point now) {
    grant g;
    auto& from = needed_.left > 0 ? needed_ : current_;
    g.granted = std::min(what.need, from.left);
    if (&from == &current_ && g.granted == what.need) // half of it stays for others
        g.granted += std::clamp<std::int64_t>(what.extra, 0, (from.left - g.granted) / 2);
    from.left -= g.granted;
    spent_ += g.granted;
    if (from.until > now) g.life = std::chrono::duration_cast<microseconds>(from.until - now);
    g.ends = from.ends;
    if (const auto known = look_at(now)) {
        g.remaining = known->remaining;
        g.reset = known->reset;
    }
    // Even if permits were given back meanwhile: this holder does not ask until then, so the other
    // should not either.
    if (told_ == state::empty && now < told_until_ && !current_.usable(now) && !next_.usable(now))
        g.remaining = 0;
    if (g.remaining == 0)
        g.retry =
            std::chrono::ceil<microseconds>(std::max(told_until_ - now, time_point::duration(1)));
    return g;
}

std::optional<figures> lease::look_at(time_point now) const {
    if (answered_at_ == time_point{}) return std::nullopt;
    figures f;
    f.remaining = remaining_;
    for (const auto* b : {&current_, &next_})
        if (b->usable(now)) f.remaining += b->left;
    f.reset = round_up(reset_at_ - now);
    return f;
}

std::chrono::seconds lease::retry_after(time_point now) const {
    return std::max(1s, round_up(told_until_ - now));
}

} // namespace thalamus::limits
