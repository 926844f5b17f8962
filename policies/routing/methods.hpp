#pragma once
// Sets of request methods as bits. Private to policies/.

#include <array>
#include <cstdint>
#include <string_view>

namespace thalamus::routing {

namespace methods {

inline constexpr std::array<std::string_view, 9> names{
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"};
inline constexpr std::uint32_t get = 1 << 0, head = 1 << 1, options = 1 << 6, trace = 1 << 7,
                               connect = 1 << 8;
inline constexpr std::uint32_t other = 1 << 31; ///< every method without its own bit
inline constexpr std::uint32_t all = ~std::uint32_t{0};

constexpr std::uint32_t bit(std::string_view method) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == method) return std::uint32_t{1} << i;
    return other;
}

} // namespace methods

} // namespace thalamus::routing
