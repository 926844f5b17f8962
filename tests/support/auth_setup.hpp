#pragma once
// Who may pass, for tests of routes with `auth`: an issuer "https://idp.example" with the key set
// keys.jwks, for audience "api", and the consumer acme, whose API key is secret1.

#include "demo/base64url.hpp"
#include "demo/signing_key.hpp"
#include "tests/support/gateway.hpp"
#include "tests/support/secrets.hpp"

#include <ctime>

namespace thalamus::test {

using demo::base64url;
using demo::signing_key;

struct auth_setup {
    /// A section `consumers`.
    static constexpr auto consumers = R"(
consumers: [{name: acme, groups: [partners, "eu.west"], api_keys: [{sha256: 5b11618c2e44027877d0cd0921ed166b9f176f50587fc91e7534dd2946db77d6}]}]
)";
    static const signing_key& key() {
        static const signing_key made("ES256", "k1");
        return made;
    }
    static gateway_options options() {
        gateway_options with;
        with.files["keys.jwks"] = nlohmann::json{{"keys", {key().jwk()}}}.dump();
        return with;
    }
    /// Of a good token, with `more` added or in their place.
    static nlohmann::json claims(const nlohmann::json& more = nlohmann::json::object()) {
        nlohmann::json all{{"iss", "https://idp.example"},
                           {"aud", "api"},
                           {"sub", "alice"},
                           {"exp", std::time(nullptr) + 600}};
        all.update(more);
        return all;
    }
    static field bearer(const nlohmann::json& more = nlohmann::json::object()) {
        return {"Authorization", "Bearer " + keep_secret(key().token(claims(more)))};
    }
    static field secret1() { return {"X-Api-Key", keep_secret("secret1")}; }
};

} // namespace thalamus::test
