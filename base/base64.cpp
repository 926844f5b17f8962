#include "base/base64.hpp"

#include "base/base64url.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace thalamus::base {

std::string encode_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // EVP_EncodeBlock() appends a zero
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))));
    return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0 || text.find_first_of("-_") != text.npos) return std::nullopt;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    std::string digits(text);
    std::ranges::replace(digits, '+', '-');
    std::ranges::replace(digits, '/', '_');
    return decode_base64url(digits);
}

} // namespace thalamus::base
