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

time_point lease::soon(const rule& rule, time_point now) {
    return now + std::max<time_point::duration>(1ms, rule.lease_life / 4);
}

lease::state lease::look(time_point now) {
    if (needed_.left > 0 || current_.usable(now)) return state::in_hand;
    current_ = next_;
    next_ = {};
    if (current_.usable(now)) return state::in_hand;
    current_.left = 0;
    return now < reported_until_ ? reported_ : state::unknown;
}

lease::permit lease::spend() {
    auto& batch = needed_.left > 0 ? needed_ : current_;
    --batch.left;
    ++spent_;
    return {batch.ends};
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

std::optional<demand> lease::request(const rule& rule, std::int64_t waiting, time_point now) {
    if (awaits_reply_) return std::nullopt;
    const bool ahead = rule.lease_life.count() > 0;
    if (waiting == 0) {
        const bool running_low = current_.size > 0 && current_.left * 4 <= current_.size;
        if (!ahead || !running_low || next_.usable(now) || now < reported_until_)
            return std::nullopt;
    }
    demand wanted{waiting, 0};
    if (ahead) {
        const std::chrono::duration<double> passed = now - replied_at_, life = rule.lease_life;
        const double lately = static_cast<double>(spent_) / std::max(passed.count(), 1e-6);
        per_second_ = passed > recent ? lately : (per_second_ + lately) / 2;
        const auto half_a_life = static_cast<std::int64_t>(per_second_ * life.count() / 2);
        wanted.extra = std::min(half_a_life, 2 * spent_);
        if (waiting == 0 && wanted.extra == 0) return std::nullopt;
    }
    awaits_reply_ = true;
    requested_at_ = now;
    needed_requested_ = waiting;
    return wanted;
}

void lease::on_reply(const rule& rule, const reply& r, time_point now) {
    awaits_reply_ = false;
    const bool invalidated = std::exchange(invalidated_, false);
    replied_at_ = now;
    spent_ = 0;
    if (r.type != reply::kind::granted) {
        reported_ = r.type == reply::kind::open ? state::open : state::closed;
        reported_until_ = now + open_or_closed_for;
        return;
    }
    const auto& g = r.given;
    const bool bucket = rule.algorithm == config::limit_algorithm::token_bucket;
    const auto needed = std::min(g.granted, needed_requested_);
    needed_ = {needed, needed, bucket ? g.ends - g.life.count() : g.ends, now, now};
    if (const auto extra = g.granted - needed; extra > 0) {
        const batch more{extra, extra, g.ends, requested_at_ + g.life,
                         requested_at_ + g.life * 3 / 4};
        (current_.usable(now) ? next_ : current_) = more;
    }
    remaining_ = g.remaining;
    reset_at_ = now + g.reset;
    reported_ = state::unknown;
    reported_until_ = {};
    if (g.remaining == 0) {
        // Returning permits are left to accumulate for a while, so that a busy key is not asked for
        // permit by permit.
        reported_ = state::empty;
        // Not before now, however long the reply took: the requests that waited for it are
        // rejected.
        reported_until_ =
            std::max<time_point>(requested_at_ + std::max(g.retry, rule.lease_life / 4),
                                 now + std::chrono::milliseconds(1));
        if (invalidated) reported_until_ = std::min(reported_until_, soon(rule, now));
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
    auto earliest = time_point::max();
    for (const auto* b : {&current_, &next_})
        if (b->left > 0) earliest = std::min(earliest, b->give_up_at);
    return earliest;
}

grant lease::delegate(const demand& demand, time_point now) {
    grant g;
    auto& batch = needed_.left > 0 ? needed_ : current_;
    g.granted = std::min(demand.need, batch.left);
    if (&batch == &current_ && g.granted == demand.need) // half of it stays for others
        g.granted += std::clamp<std::int64_t>(demand.extra, 0, (batch.left - g.granted) / 2);
    batch.left -= g.granted;
    spent_ += g.granted;
    if (batch.until > now) g.life = std::chrono::duration_cast<microseconds>(batch.until - now);
    g.ends = batch.ends;
    if (const auto known = look_at(now)) {
        g.remaining = known->remaining;
        g.reset = known->reset;
    }
    // Even if permits were given back meanwhile: this holder does not ask until then, so the other
    // should not either.
    if (reported_ == state::empty && now < reported_until_ && !current_.usable(now) &&
        !next_.usable(now))
        g.remaining = 0;
    if (g.remaining == 0)
        g.retry = std::chrono::ceil<microseconds>(
            std::max(reported_until_ - now, time_point::duration(1)));
    return g;
}

std::optional<figures> lease::look_at(time_point now) const {
    if (replied_at_ == time_point{}) return std::nullopt;
    figures f;
    f.remaining = remaining_;
    for (const auto* b : {&current_, &next_})
        if (b->usable(now)) f.remaining += b->left;
    f.reset = round_up(reset_at_ - now);
    return f;
}

std::chrono::seconds lease::retry_after(time_point now) const {
    return std::max(1s, round_up(reported_until_ - now));
}

} // namespace thalamus::limits
