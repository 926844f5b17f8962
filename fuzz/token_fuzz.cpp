// Tokens: whatever a client sends, nothing worse than a refusal comes of it.

#include "base/base64url.hpp"
#include "base/json_object.hpp"
#include "demo/base64url.hpp"
#include "policies/auth/token.hpp"

#include <cstdlib>

using namespace thalamus::auth;

using thalamus::demo::base64url;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static const token_rules by{
        "me", {"api"}, {algorithm::hs256, algorithm::rs256, algorithm::es256, algorithm::eddsa}};
    static const auto keys = std::get<key_set>(parse_key_set(
        R"({"keys":[{"kty":"oct","kid":"k","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]})"));
    const std::chrono::system_clock::time_point now{std::chrono::seconds(1'764'000'000)};
    // Nobody without the key makes one that is accepted.
    if (std::holds_alternative<token_claims>(verify_token(text, by, keys, now))) std::abort();
    // Below the encoding, which keeps a fuzzer from the rest.
    const auto code = base64url(text);
    if (thalamus::base::decode_base64url(code) != text) std::abort();
    if (thalamus::base::decode_base64url(text) &&
        base64url(*thalamus::base::decode_base64url(text)) != text)
        std::abort();
    const auto head = read_head(code, by.algorithms);
    if (const auto* read = std::get_if<token_head>(&head)) keys.find(read->kid, read->algorithm);
    const auto claims = read_claims(code, by, now);
    if (const auto* read = std::get_if<token_claims>(&claims))
        if (read->all.at("iss") != "me" || read->expires <= now) std::abort();
    return 0;
}
