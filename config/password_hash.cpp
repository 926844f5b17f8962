#include "config/password_hash.hpp"

#include "config/scalars.hpp"

#include <algorithm>
#include <string>

namespace thalamus::config {

namespace {

/// The value of a digit in the base64 alphabet of crypt(5); 64 for all other characters.
constexpr unsigned digit(char c) {
    constexpr std::string_view digits =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return static_cast<unsigned>(std::min(digits.find(c), digits.size()));
}

bool are_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return digit(c) < 64; });
}

/// Removes the text up to and including the next "$" and returns it without "$"; nullopt if none.
std::optional<std::string_view> take_part(std::string_view& text) {
    const auto end = text.find('$');
    if (end == text.npos) return std::nullopt;
    const auto part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return part;
}

/// Least digit first.
std::uint64_t number_of(std::string_view digits) {
    std::uint64_t value = 0;
    for (auto i = digits.size(); i > 0; --i) value = value << 6 | digit(digits[i - 1]);
    return value;
}

std::optional<syntax_error> damaged(std::string_view method) {
    return syntax_error{"this is not a valid " + std::string(method) + " hash",
                        "copy the whole hash that htpasswd (after \"user:\") or mkpasswd printed"};
}

std::optional<syntax_error> check_bcrypt(std::string_view rest) {
    const auto cost = take_part(rest);
    const auto number = cost && cost->size() == 2 ? to_number(*cost) : std::nullopt;
    // The last digit of the salt holds only two bits; crypt(3) prints it with the other bits zero.
    if (!number || *number < 4 || *number > 31 || rest.size() != 53 || !are_digits(rest) ||
        std::string_view(".Oeu").find(rest[21]) == std::string_view::npos)
        return damaged("bcrypt");
    if (*number > highest_bcrypt_cost)
        return syntax_error{"each check of this bcrypt hash would take seconds",
                            "use a cost of at most " + std::to_string(highest_bcrypt_cost) +
                                ", as in \"htpasswd -nBC 12 USER\""};
    return std::nullopt;
}

std::optional<syntax_error> check_sha(std::string_view rest, std::string_view method,
                                      std::size_t hash_digits) {
    constexpr std::string_view rounds = "rounds=";
    if (rest.starts_with(rounds)) {
        rest.remove_prefix(rounds.size());
        const auto text = take_part(rest);
        const auto count = text && !text->starts_with('0') ? to_number(*text) : std::nullopt;
        if (!count || *count < 1000) return damaged(method);
        if (*count > most_sha_rounds)
            return syntax_error{"each check of this " + std::string(method) +
                                    " hash would take seconds",
                                "use at most rounds=" + std::to_string(most_sha_rounds)};
    }
    const auto salt = take_part(rest);
    if (!salt || salt->empty() || salt->size() > 16 || !are_digits(*salt) ||
        rest.size() != hash_digits || !are_digits(rest))
        return damaged(method);
    return std::nullopt;
}

/// scrypt uses N blocks of r * 128 bytes, p times.
std::optional<syntax_error> check_memory(unsigned log2_n, std::uint64_t r, std::uint64_t p,
                                         std::string_view method) {
    if (log2_n < 10 || r == 0 || p == 0) return damaged(method);
    const auto most = most_scrypt_memory / 128;
    if (log2_n < 64 && r <= most && p <= most / r && most / r / p >> log2_n > 0)
        return std::nullopt;
    return syntax_error{"each check of this " + std::string(method) +
                            " hash would take more than 64 MiB or too much time",
                        "use a lower cost, such as the default of \"mkpasswd -m " +
                            std::string(method) + "\" without more"};
}

std::optional<syntax_error> check_scrypt(std::string_view rest) {
    const auto setting = take_part(rest);
    if (!setting || setting->size() < 11 || setting->size() > 97 || !are_digits(*setting) ||
        rest.size() != 43 || !are_digits(rest))
        return damaged("scrypt");
    return check_memory(digit((*setting)[0]), number_of(setting->substr(1, 5)),
                        number_of(setting->substr(6, 5)), "scrypt");
}

/// Encodes whole bytes, with all excess bits zero.
bool is_salt(std::string_view text) {
    if (text.size() > 86 || !are_digits(text)) return false;
    const auto over = text.size() % 4;
    return over == 0 || (over == 2 && digit(text.back()) < 4) ||
           (over == 3 && digit(text.back()) < 16);
}

std::optional<syntax_error> check_yescrypt(std::string_view rest, std::string_view method) {
    // "j" (the flavour that all programs use), then one digit each for N and r. Digits from 48 on
    // start a number of several digits.
    const auto parameters = take_part(rest);
    const auto salt = take_part(rest);
    if (!parameters || parameters->size() != 3 || parameters->front() != 'j' ||
        digit((*parameters)[1]) >= 48 || digit((*parameters)[2]) >= 48 || !salt ||
        !is_salt(*salt) || rest.size() != 43 || !are_digits(rest))
        return damaged(method);
    return check_memory(digit((*parameters)[1]) + 1, digit((*parameters)[2]) + 1, 1, method);
}

} // namespace

std::optional<syntax_error> password_hash_fault(std::string_view hash) {
    const auto is = [&](std::string_view prefix) { return hash.starts_with(prefix); };
    const auto after = [&](std::string_view prefix) { return hash.substr(prefix.size()); };
    if (is("$2b$") || is("$2y$") || is("$2a$")) return check_bcrypt(after("$2b$"));
    if (is("$y$")) return check_yescrypt(after("$y$"), "yescrypt");
    if (is("$gy$")) return check_yescrypt(after("$gy$"), "gost-yescrypt");
    if (is("$7$")) return check_scrypt(after("$7$"));
    if (is("$6$")) return check_sha(after("$6$"), "sha512crypt", 86);
    if (is("$5$")) return check_sha(after("$5$"), "sha256crypt", 43);
    const std::string remedy = "make one with \"htpasswd -nB USER\" or \"mkpasswd\"";
    if (is("$apr1$") || is("$1$") || is("$md5"))
        return syntax_error{"an MD5 hash does not protect a password: guessing is too fast",
                            remedy};
    if (is("{SHA}") || is("{SSHA}") || is("$sha1"))
        return syntax_error{"a SHA-1 hash does not protect a password: guessing is too fast",
                            remedy};
    if (is("$2x$"))
        return syntax_error{"$2x$ marks hashes from a bcrypt that mishandled some characters",
                            remedy};
    return syntax_error{
        "this is not a bcrypt, yescrypt, gost-yescrypt, scrypt, sha512crypt or sha256crypt hash: "
        "plain text and DES are not accepted",
        remedy};
}

bool is_basic_user(std::string_view user) {
    return !user.empty() && user.size() <= longest_user && std::ranges::none_of(user, [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == ':';
    });
}

} // namespace thalamus::config
