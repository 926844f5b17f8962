#include "tests/failures/audit.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace thalamus::test {
namespace {

constexpr excess none{std::numeric_limits<std::int64_t>::min(), 0, 0, 0};

} // namespace

excess worst_of_token_bucket(std::vector<grant> grants, std::int64_t per_second,
                             std::int64_t burst) {
    std::sort(grants.begin(), grants.end(),
              [](const grant& a, const grant& b) { return a.received < b.received; });
    auto worst = none;
    // The worst interval begins with a sending and ends with a receipt.
    for (std::size_t first = 0; first < grants.size(); ++first) {
        const auto from = grants[first].sent;
        std::int64_t inside = 0;
        // What was received before the first one's answer may have been sent after it, too.
        auto next = std::lower_bound(grants.begin(), grants.end(), from,
                                     [](const grant& g, moment at) { return g.received < at; });
        for (; next != grants.end(); ++next) {
            if (next->sent < from) continue;
            ++inside;
            const auto allowed = burst + per_second * (next->received - from) / one_second;
            if (inside - allowed > worst.permits)
                worst = {inside - allowed, inside, from, next->received};
        }
    }
    return worst;
}

excess worst_of_fixed_window(const std::vector<grant>& grants, std::int64_t count, moment period) {
    std::map<std::int64_t, std::int64_t> windows;
    for (auto& one : grants)
        if (one.sent / period == one.received / period) ++windows[one.sent / period];
    auto worst = none;
    for (auto& [number, inside] : windows)
        if (inside - count > worst.permits)
            worst = {inside - count, inside, number * period, (number + 1) * period};
    return worst;
}

void disturbed_times::add(moment from, moment to) {
    interval one{from, to + (to - from < long_pause ? aftermath : long_aftermath)};
    const auto joins = [&](const interval& i) { return i.from <= one.to && one.from <= i.to; };
    for (auto& i : all_)
        if (joins(i)) one = {std::min(one.from, i.from), std::max(one.to, i.to)};
    std::erase_if(all_, joins);
    const auto before = [](const interval& i, moment at) { return i.from < at; };
    all_.insert(std::lower_bound(all_.begin(), all_.end(), one.from, before), one);
}

bool disturbed_times::touch(moment from, moment to) const {
    return std::any_of(all_.begin(), all_.end(),
                       [&](const interval& i) { return i.from < to && from < i.to; });
}

moment disturbed_times::quiet(moment from, moment to) const {
    moment left = to - from;
    for (auto& i : all_) left -= std::max<moment>(0, std::min(to, i.to) - std::max(from, i.from));
    return left;
}

double use_of(const std::vector<grant>& grants, std::int64_t per_second, moment from, moment to,
              const disturbed_times& but) {
    const auto inside = std::count_if(grants.begin(), grants.end(), [&](const grant& g) {
        const auto at = (g.sent + g.received) / 2;
        return at >= from && at < to && !but.touch(at, at + 1);
    });
    const auto quiet = but.quiet(from, to);
    if (quiet <= 0) return 0;
    return static_cast<double>(inside) * one_second /
           (static_cast<double>(per_second) * static_cast<double>(quiet));
}

moment recovered_at(const std::vector<grant>& grants, std::int64_t per_second, moment after,
                    const disturbed_times& but) {
    constexpr moment span = 2 * one_second;
    moment last = after;
    for (auto& one : grants) last = std::max(last, one.received);
    for (auto at = after; at + span <= last; at += one_second / 10)
        if (but.quiet(at, at + span) >= span / 4 &&
            use_of(grants, per_second, at, at + span, but) >= 0.98)
            return at;
    return -1;
}

} // namespace thalamus::test
