#pragma once
// W3C Trace Context: a valid traceparent is forwarded unchanged, because the gateway creates no
// spans; anything else starts a new trace.

#include "base/random.hpp"
#include "http/head.hpp"

#include <array>
#include <string_view>

namespace thalamus::http {

struct trace_context {
    std::array<char, 55> started{}; ///< traceparent of a new trace
    std::string_view received;      ///< traceparent of a continued trace, in the request head
    bool continued() const { return received.data() != nullptr; }
    std::string_view traceparent() const {
        return continued() ? received : std::string_view(started.data(), started.size());
    }
};

/// Continues the trace if there is exactly one valid traceparent. A new trace is marked as sampled:
/// a target with parent-based sampling would otherwise never record.
trace_context continue_or_start_trace(const field_list& fields, base::xoshiro256& random);

} // namespace thalamus::http
