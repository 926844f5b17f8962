#pragma once
// How long an answer may be used again without asking (RFC 9111 4.2), as a cache sees it that keeps
// answers for one user: `private` and `s-maxage` say nothing to it. Pure; any thread.

#include "http/head.hpp"

#include <chrono>
#include <optional>

namespace thalamus::http {

/// What is left of the answer's freshness when it is received: max-age, or else Expires less Date,
/// without the Age it already has. Zero: it must not be used again unasked (no-store, no-cache,
/// expired, or it says what contradicts itself or makes no sense). nullopt: it does not say. Never more than
/// 2^31 s, nor negative.
///
/// Date is not compared with our clock (the "apparent age" of 4.2.3): that would make everything from a
/// server whose clock is behind ours stale from the start, and only caches before HTTP/1.1 sent no Age.
std::optional<std::chrono::seconds> freshness_left(const field_list& fields,
                                                   std::chrono::system_clock::time_point received);

} // namespace thalamus::http
