#include "auth/base64.hpp"

#include "auth/base64url.hpp"

#include <algorithm>

namespace thalamus::auth {

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0 || text.find_first_of("-_") != text.npos) return std::nullopt;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    std::string digits(text);
    std::ranges::replace(digits, '+', '-');
    std::ranges::replace(digits, '/', '_');
    return decode_base64url(digits);
}

} // namespace thalamus::auth
