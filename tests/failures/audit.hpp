#pragma once
// Whether grants stay within a rule, judged from outside. A client knows of each grant only that it
// was made between sending the request and receiving the answer; the auditor counts in an interval
// what was sent and received within it, so that what it calls an excess is one. Pure.
//
// Times are microseconds of the system clock, which is that of every process on this machine, Redis
// too.

#include <cstdint>
#include <vector>

namespace thalamus::test {

using moment = std::int64_t;
inline constexpr moment one_second = 1'000'000;

struct grant {
    moment sent = 0, received = 0;
};

/// The interval in which most was granted beyond (or, below 0, least was left of) what the rule
/// allows.
struct excess {
    std::int64_t permits = 0;
    std::int64_t granted = 0;
    moment from = 0, to = 0;
};

/// rate * t + burst over every interval t, both ends included.
/// @pre not empty
excess worst_of_token_bucket(std::vector<grant> grants, std::int64_t per_second,
                             std::int64_t burst);
/// `count` in every period; periods begin at multiples of `period` since 1970.
/// @pre not empty
excess worst_of_fixed_window(const std::vector<grant>& grants, std::int64_t count, moment period);

/// When the machine paused (pause_watch), and how long what that breaks shows afterwards: a call
/// that ran out of time, what is concluded from that for 50 ms, permits that were lost with an
/// answer.
class disturbed_times {
public:
    static constexpr moment aftermath = 200'000;
    /// Of one in which several calls in a row ran out of time, so that the store was set aside.
    static constexpr moment long_pause = 60'000, long_aftermath = one_second;

    /// In any order.
    void add(moment from, moment to);
    bool touch(moment from, moment to) const;
    /// How much of [from, to) they do not touch.
    moment quiet(moment from, moment to) const;

private:
    struct interval {
        moment from, to;
    };
    std::vector<interval> all_; // in order, apart from each other
};

/// Grants in [from, to), each in the middle of its exchange, as a part of `per_second` times its
/// length. What happened in the times `but` does not count, nor do these; 0 if there is no other
/// time.
double use_of(const std::vector<grant>& grants, std::int64_t per_second, moment from, moment to,
              const disturbed_times& but = {});
/// The first time from `after` on (in steps of 100 ms) from which 2 s are used to 98 %; -1 if none.
/// Of them a quarter must be undisturbed.
moment recovered_at(const std::vector<grant>& grants, std::int64_t per_second, moment after,
                    const disturbed_times& but = {});

} // namespace thalamus::test
