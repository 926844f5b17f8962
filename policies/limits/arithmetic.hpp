#pragma once
// Arithmetic for limit rules: integers, wide enough for a count times a period.

#include <cstdint>

namespace thalamus::limits {

__extension__ using wide = __int128;

/// @pre a >= 0, b > 0, and the result fits
constexpr std::int64_t divide_up(wide a, std::int64_t b) {
    return static_cast<std::int64_t>((a + b - 1) / b);
}

} // namespace thalamus::limits
