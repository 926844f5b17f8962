#pragma once
// For how long an answer counts for fresh in a cache of one's own (RFC 9111 section 4.2, private). Pure.

#include "http/head.hpp"

#include <chrono>
#include <optional>

namespace thalamus::http {

/// What is left of the lifetime: max-age less Age. Zero if it must not be stored or used without asking
/// (no-store, no-cache), and where what it says cannot be read. Nothing if it does not say; Expires is
/// not looked at, which whoever means it says by max-age, too.
std::optional<std::chrono::seconds> freshness_left(const field_list& answer);

} // namespace thalamus::http
