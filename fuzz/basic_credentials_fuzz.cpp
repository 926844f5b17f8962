// HTTP Basic: what is taken for user and password is what was encoded, in bounds and without
// controls.

#include "config/password_hash.hpp"
#include "demo/base64url.hpp"
#include "policies/auth/basic_credentials.hpp"

#include <cstdlib>

using namespace thalamus;

namespace {

using demo::base64;

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
