#pragma once
// RateLimit-Policy and RateLimit, as draft-ietf-httpapi-ratelimit-headers has them: lists of items named
// by the limit, with its quota `q` and window `w` in seconds, and what remains `r` and the seconds `t`
// until all of it is there again. Pure; any thread.

#include "http/header_plan.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace thalamus::http {

/// The values of the two fields; both empty = no limit applied.
struct limit_fields {
    std::string_view policy, state;
};

/// Appends an item to a value. `name` is of a limit in the configuration: nothing to be escaped.
void append_limit_policy(std::string_view name, std::uint64_t quota, std::uint64_t window,
                         std::string& value);
void append_limit_state(std::string_view name, std::uint64_t remaining, std::uint64_t reset,
                        std::string& value);

/// A target's field of this kind is replaced by the gateway's.
bool is_limit_field(std::string_view name);

/// Appends the lines, but for those that `edits` (may be null) drops.
void append_limit_fields(const limit_fields& fields, const header_plan* edits, std::string& out);

} // namespace thalamus::http
