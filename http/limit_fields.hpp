#pragma once
// RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers: lists with one item per
// limit. A policy has the quota `q` and the window `w` in seconds; a state has the remaining quota
// `r` and the seconds `t` until it is fully restored. Pure; any thread.

#include "http/header_plan.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace thalamus::http {

/// The values of the two fields; both empty = no limit applied.
struct limit_fields {
    std::string_view policy, state;
};

/// Appends an item to a value. `name` is a name from the configuration, which needs no escapes.
void append_limit_policy(std::string_view name, std::uint64_t quota, std::uint64_t window,
                         std::string& value);
void append_limit_state(std::string_view name, std::uint64_t remaining, std::uint64_t reset,
                        std::string& value);

/// Whether the gateway replaces this response field of a target.
bool is_limit_field(std::string_view name);

/// Appends the lines, except those that `edits` (may be null) drops.
void append_limit_fields(const limit_fields& fields, const header_plan* edits, std::string& out);

} // namespace thalamus::http
