#include "observe/redact.hpp"

#include "base/percent_escape.hpp"

#include <algorithm>
#include <array>

namespace thalamus::observe {
namespace {

using base::hex_value;

constexpr std::array<std::string_view, 18> credential_names{
    "accesstoken",  "apikey",    "apitoken", "auth",          "authtoken",         "authorization",
    "clientsecret", "idtoken",   "jwt",      "passwd",        "password",          "refreshtoken",
    "secret",       "signature", "token",    "xamzsignature", "xamzsecuritytoken", "xapikey"};

/// The possible first letters of these names in any spelling.
constexpr std::array<bool, 256> first_letters = [] {
    std::array<bool, 256> table{};
    for (const std::string_view name : credential_names) {
        const auto letter = static_cast<unsigned char>(name[0]);
        table[letter] = table[letter - 'a' + 'A'] = true;
    }
    table['%'] = table['-'] = table['_'] = true;
    return table;
}();

/// Compares the decoded name without case, '-' and '_', because each name has many spellings.
bool names_credential(std::string_view name) {
    if (name.empty() || !first_letters[static_cast<unsigned char>(name[0])]) return false;
    std::array<char, 20> plain;
    std::size_t size = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        char c = name[i];
        if (c == '%' && i + 2 < name.size() && base::hex_value(name[i + 1]) >= 0 &&
            base::hex_value(name[i + 2]) >= 0) {
            c = static_cast<char>(base::hex_value(name[i + 1]) * 16 + base::hex_value(name[i + 2]));
            i += 2;
        }
        if (c == '-' || c == '_') continue;
        if (size == plain.size()) return false;
        plain[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return std::ranges::find(credential_names, std::string_view(plain.data(), size)) !=
           credential_names.end();
}

} // namespace

std::string_view redact_authority(std::string_view authority) {
    return authority.substr(authority.rfind('@') + 1); // npos + 1 is 0
}

std::string_view redact_target(std::string_view target, std::string& scratch) {
    bool changed = false;
    std::size_t copied = 0;
    const auto hide = [&](std::size_t begin, std::size_t end) {
        if (!changed) scratch.clear();
        changed = true;
        scratch.append(target, copied, begin - copied).push_back('*');
        copied = end;
    };

    if (!target.empty() && target.front() != '/') {
        const std::size_t scheme = target.find("://"); // npos: host:port of CONNECT, or malformed
        const std::size_t authority = scheme == target.npos ? 0 : scheme + 3;
        const std::size_t end = std::min(target.find_first_of("/?#", authority), target.size());
        const std::size_t last_at = target.substr(0, end).rfind('@');
        if (last_at != target.npos && last_at > authority) hide(authority, last_at);
    }

    std::size_t begin = target.find('?'); // one before the start of a parameter
    while (begin < target.size()) {
        std::size_t end = ++begin, equals = target.npos;
        for (; end < target.size() && target[end] != '&' && target[end] != ';'; ++end) {
            if (target[end] == '=' && equals == target.npos) equals = end;
        }
        if (equals < end && equals + 1 < end &&
            names_credential(target.substr(begin, equals - begin))) {
            hide(equals + 1, end);
        }
        begin = end;
    }

    if (!changed) return target;
    scratch.append(target, copied);
    return scratch;
}

} // namespace thalamus::observe
