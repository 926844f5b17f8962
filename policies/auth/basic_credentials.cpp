#include "policies/auth/basic_credentials.hpp"

#include "base/base64.hpp"
#include "config/password_hash.hpp"

#include <algorithm>

namespace thalamus::auth {

std::optional<basic_credentials> parse_basic_credentials(std::string_view credentials) {
    constexpr auto longest = config::longest_user + 1 + config::longest_password;
    if (credentials.size() > (longest + 2) / 3 * 4) return std::nullopt;
    const auto text = base::decode_base64(credentials);
    if (!text || std::ranges::any_of(*text, [](char c) {
            return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        }))
        return std::nullopt;
    const auto colon = text->find(':');
    if (colon == text->npos) return std::nullopt;
    basic_credentials read{text->substr(0, colon), text->substr(colon + 1)};
    if (read.user.size() > config::longest_user || read.password.size() > config::longest_password)
        return std::nullopt;
    return read;
}

} // namespace thalamus::auth
