#pragma once
// Whether grants stay within a rule, judged from outside. A client knows of each grant only that it was
// made between sending the request and receiving the answer; the auditor counts in an interval what was
// sent and received within it, so that what it calls an excess is one. Pure.
//
// Times are microseconds of the system clock, which is that of every process on this machine, Redis too.

#include <cstdint>
#include <vector>

namespace thalamus::test {

using moment = std::int64_t;
inline constexpr moment one_second = 1'000'000;

struct grant {
    moment sent = 0, received = 0;
};

/// The interval in which most was granted beyond (or, below 0, least was left of) what the rule allows.
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

/// Grants that may lie in [from, to), as a part of `per_second` times its length.
double use_of(const std::vector<grant>& grants, std::int64_t per_second, moment from, moment to);
/// The first time from `after` on (in steps of 100 ms) from which `span` is used to `part`; -1 if none.
moment recovered_at(const std::vector<grant>& grants, std::int64_t per_second, moment after,
                    moment span = 2 * one_second, double part = 0.98);

} // namespace thalamus::test
