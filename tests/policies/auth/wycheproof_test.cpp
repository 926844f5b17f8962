// Vectors written by others: Wycheproof's of JWS and JWK, and of the primitives below them.

#include "base/base64url.hpp"
#include "policies/auth/signature.hpp"
#include "policies/auth/token.hpp"
#include "tests/support/paths.hpp"

#include <gtest/gtest.h>

#include <set>

namespace thalamus::auth::wycheproof_test {
namespace {

using nlohmann::json;

class wycheproof : public test::vectors_test {
protected:
    wycheproof() : vectors_test("wycheproof") {}
    json groups_of(const std::string& file) const {
        auto in = open(file);
        return json::parse(in)["testGroups"];
    }
    void primitive(const std::string& file, algorithm which, std::size_t at_least) const;
};

std::vector<algorithm> every_algorithm() {
    std::vector<algorithm> all;
    for (const auto& each : all_algorithms) all.push_back(each.id);
    return all;
}

/// The layers of verify_token() above the claims: most payloads are no claims.
bool signature_holds(std::string_view token, const key_set& keys,
                     const std::vector<algorithm>& pinned) {
    const auto parts = split_token(token);
    if (!parts || !base::decode_base64url(parts->payload)) return false;
    const auto read = read_head(parts->head, pinned);
    const auto* head = std::get_if<token_head>(&read);
    const auto signature = base::decode_base64url(parts->signature);
    if (!head || !signature) return false;
    for (const auto* key : keys.find(head->kid, head->algorithm))
        if (key->verify(head->algorithm, parts->signed_text, *signature)) return true;
    return false;
}

key_set set_of(const json& group) {
    const auto& key = group.contains("public") ? group["public"] : group["private"];
    const auto text = key.contains("keys") ? key.dump() : json{{"keys", {key}}}.dump();
    auto parsed = parse_key_set(text);
    EXPECT_TRUE(std::holds_alternative<key_set>(parsed)) << text;
    return std::get<key_set>(std::move(parsed));
}

std::string text_of(const json& jws) {
    return jws.is_string() ? jws.get<std::string>() : jws.dump();
}

TEST_F(wycheproof, json_web_signatures) {
    // Called valid there, refused here: 346 and 350 have an alg that is not their key's; 347 and
    // 351 a key with an alg that does not exist; 372 and 373 a "?" in base64url (RFC 7515 section
    // 2). Called invalid there: 367 and 370 are, byte for byte, 357, which is called valid.
    const std::set<int> stricter{346, 347, 350, 351, 372, 373}, equal_to_a_valid_one{367, 370};
    int met = 0;
    for (const auto& group : groups_of("json_web_signature_test.json")) {
        const auto keys = set_of(group);
        for (const auto& test : group["tests"]) {
            const int id = test["tcId"];
            const bool wanted = (test["result"] == "valid" && !stricter.contains(id)) ||
                                equal_to_a_valid_one.contains(id);
            EXPECT_EQ(signature_holds(text_of(test["jws"]), keys, every_algorithm()), wanted)
                << id << ' ' << test["comment"];
            met += wanted == (test["result"] == "valid");
        }
    }
    EXPECT_EQ(met, 393);
}

TEST_F(wycheproof, json_web_keys) {
    int met = 0;
    for (const auto& group : groups_of("json_web_key_test.json")) {
        const auto keys = set_of(group);
        for (const auto& test : group["tests"]) {
            EXPECT_EQ(signature_holds(text_of(test["jws"]), keys, every_algorithm()),
                      test["result"] == "valid")
                << test["tcId"] << ' ' << test["comment"];
            ++met;
        }
    }
    EXPECT_EQ(met, 26);
}

TEST_F(wycheproof, json_web_crypto) {
    int met = 0;
    for (const auto& group : groups_of("json_web_crypto_test.json")) {
        const auto keys = set_of(group);
        for (const auto& test : group["tests"]) {
            if (!test.contains("jws")) continue;
            ++met;
            EXPECT_EQ(signature_holds(text_of(test["jws"]), keys, every_algorithm()),
                      test["result"] == "valid")
                << test["tcId"] << ' ' << test["comment"];
        }
    }
    EXPECT_GT(met, 30); // the others are encryption
}

std::string unhex(const std::string& text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
    return bytes;
}

/// The raw signatures of one algorithm, under keys given as JWK.
void wycheproof::primitive(const std::string& file, algorithm which, std::size_t at_least) const {
    std::size_t met = 0;
    for (const auto& group : groups_of(file)) {
        const char* const name = group.contains("publicKeyJwk") ? "publicKeyJwk"
                                 : group.contains("jwk")        ? "jwk"
                                                                : "keyJwk";
        if (!group.contains(name)) continue; // a key that cannot be written as a JWK
        auto jwk = group[name];
        jwk.erase("alg");
        const auto parsed = verification_key::parse(jwk);
        const auto* key = std::get_if<verification_key>(&parsed);
        ASSERT_TRUE(key) << std::get<std::string>(parsed);
        for (const auto& test : group["tests"]) {
            const bool holds = key->verify(which, unhex(test["msg"]), unhex(test["sig"]));
            if (test["result"] != "acceptable") {
                EXPECT_EQ(holds, test["result"] == "valid")
                    << file << ' ' << test["tcId"] << ' ' << test["comment"];
            }
            ++met;
        }
    }
    EXPECT_GE(met, at_least);
}

TEST_F(wycheproof, ecdsa_as_r_and_s) {
    primitive("ecdsa_secp256r1_sha256_p1363_test.json", algorithm::es256, 200);
}
TEST_F(wycheproof, ed25519) { primitive("ed25519_test.json", algorithm::eddsa, 100); }
TEST_F(wycheproof, rsa_pss) {
    primitive("rsa_pss_2048_sha256_mgf1_32_test.json", algorithm::ps256, 100);
}
TEST_F(wycheproof, hmac) {
    int met = 0;
    for (const auto& group : groups_of("hmac_sha256_test.json")) {
        if (group["tagSize"] != 256) continue; // JWS cuts no MAC short
        for (const auto& test : group["tests"]) {
            EXPECT_EQ(is_mac(algorithm::hs256, unhex(test["key"]), unhex(test["msg"]),
                             unhex(test["tag"])),
                      test["result"] == "valid")
                << test["tcId"] << ' ' << test["comment"];
            ++met;
        }
    }
    EXPECT_GT(met, 50);
}
TEST_F(wycheproof, rsa) { primitive("rsa_signature_2048_sha256_test.json", algorithm::rs256, 100); }

} // namespace
} // namespace thalamus::auth::wycheproof_test
