#pragma once
// The gateway's own part of each exchange, from the access logs of nodes.

#include "tests/failures/audit.hpp"

#include <filesystem>

namespace thalamus::test {

struct own_time {
    moment started = 0, ended = 0;
    double ms = 0;
    int status = 0;
};

/// The complete lines of an access log (format json), in their order.
std::vector<own_time> own_times(const std::filesystem::path& access_log);

/// The value that `part` of those which started in [from, to) do not exceed; 0 if there is none.
double quantile(const std::vector<own_time>& all, double part, moment from, moment to);

} // namespace thalamus::test
