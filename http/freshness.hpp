#pragma once
// The freshness of a response (RFC 9111 section 4.2) for a private cache, which ignores `private`
// and `s-maxage`. Pure; any thread.

#include "http/head.hpp"

#include <chrono>
#include <optional>

namespace thalamus::http {

/// The remaining freshness of a response when it is received: max-age, or else Expires minus Date,
/// less its Age. Zero means that it must not be reused without validation: no-store, no-cache,
/// expired, or the fields are contradictory or invalid. nullopt means that the fields do not tell.
/// The result is between 0 and 2^31 s.
///
/// Date is not compared with our clock (the "apparent age" of section 4.2.3): all responses from a
/// server whose clock is behind would be stale, and only caches before HTTP/1.1 did not send Age.
std::optional<std::chrono::seconds> freshness_left(const field_list& fields,
                                                   std::chrono::system_clock::time_point received);

} // namespace thalamus::http
