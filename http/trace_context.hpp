#pragma once
// W3C Trace Context: a valid traceparent goes on unchanged (the gateway makes no spans of its own),
// anything else starts a new trace.

#include "base/random.hpp"
#include "http/head.hpp"

#include <array>
#include <string_view>

namespace thalamus::http {

struct trace_context {
    std::array<char, 55> started{}; ///< of a new trace
    std::string_view received;      ///< of a continued one; points into the request's head
    bool continued() const { return received.data() != nullptr; }
    std::string_view traceparent() const {
        return continued() ? received : std::string_view(started.data(), started.size());
    }
};

/// Exactly one traceparent that follows the specification is continued. A new trace is marked as
/// sampled: a target that asks its parent whether to record would otherwise never do so.
trace_context continue_or_start_trace(const field_list& fields, base::xoshiro256& random);

} // namespace thalamus::http
