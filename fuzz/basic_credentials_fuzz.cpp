// HTTP Basic: what is taken for user and password is what was encoded, in bounds and without controls.

#include "auth/basic_credentials.hpp"
#include "config/password_hash.hpp"

#include <cstdlib>

using namespace thalamus;

namespace {

std::string base64(std::string_view bytes) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned bits = 0, held = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (held += 8; held >= 6; held -= 6) out += digits[bits >> (held - 6) & 63];
    }
    if (held > 0) out += digits[bits << (6 - held) & 63];
    while (out.size() % 4 != 0) out += '=';
    return out;
}

void check(const auth::basic_credentials& read, std::string_view credentials) {
    const auto text = read.user + ":" + read.password;
    if (base64(text) != credentials) std::abort();
    if (read.user.find(':') != read.user.npos) std::abort();
    if (read.user.size() > config::longest_user || read.password.size() > config::longest_password)
        std::abort();
    for (const char c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto read = auth::parse_basic_credentials(text)) check(*read, text);
    // Below the encoding, which keeps a fuzzer from the rest.
    const auto code = base64(text);
    if (const auto read = auth::parse_basic_credentials(code)) check(*read, code);
    // Whatever stands where a hash belongs, nothing worse than a refusal comes of it.
    config::password_hash_fault(text);
    return 0;
}
