// The JOSE cookbook (RFC 7520), RFC 7797 and RFC 8037: every example is accepted, or declined
// because it is of a form that a token of OAuth never has.

#include "base/base64url.hpp"
#include "policies/auth/token.hpp"
#include "tests/support/paths.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::cookbook_test {
namespace {

using nlohmann::json;

class cookbook : public test::vectors_test {
protected:
    cookbook() : vectors_test("jose-cookbook") {}
    json example(const std::string& file) const {
        auto in = open(file);
        return json::parse(in);
    }
};

/// The public part, as an issuer would publish it.
verification_key key_of(json jwk) {
    for (const auto* secret : {"d", "p", "q", "dp", "dq", "qi"}) jwk.erase(secret);
    auto made = verification_key::parse(jwk);
    EXPECT_TRUE(std::holds_alternative<verification_key>(made)) << std::get<std::string>(made);
    return std::get<verification_key>(made);
}

TEST_F(cookbook, compact_signatures_hold_and_no_others) {
    for (const auto& [file, which] : {
             std::pair{"jws/4_1.rsa_v15_signature.json", algorithm::rs256},
             {"jws/4_2.rsa-pss_signature.json", algorithm::ps384},
             {"jws/4_3.ecdsa_signature.json", algorithm::es512},
             {"jws/4_4.hmac-sha2_integrity_protection.json", algorithm::hs256},
             {"curve25519/jws.json", algorithm::eddsa},
         }) {
        SCOPED_TRACE(file);
        const auto all = example(file);
        const auto token = all["output"]["compact"].get<std::string>();
        const auto parts = split_token(token);
        ASSERT_TRUE(parts);
        const auto read = read_head(parts->head, {which});
        const auto* head = std::get_if<token_head>(&read);
        ASSERT_TRUE(head);
        EXPECT_EQ(head->algorithm, which);
        const auto key = key_of(all["input"]["key"]);
        ASSERT_TRUE(key.fits(which));
        EXPECT_EQ(head->kid, file == std::string("curve25519/jws.json") ? "" : key.kid());
        const auto signature = base::decode_base64url(parts->signature);
        ASSERT_TRUE(signature);
        EXPECT_TRUE(key.verify(which, parts->signed_text, *signature));
        EXPECT_EQ(base::decode_base64url(parts->payload),
                  all["input"]["payload"].get<std::string>());
        for (std::size_t i = 0; i < signature->size(); i += 7) {
            auto other = *signature;
            other[i] ^= 1;
            EXPECT_FALSE(key.verify(which, parts->signed_text, other)) << i;
        }
        EXPECT_FALSE(key.verify(which, parts->signed_text.substr(1), *signature));
    }
}

TEST_F(cookbook, declines_what_is_no_token) {
    // Detached content: the payload is not in it.
    const auto detached = example("jws/4_5.signature_with_detached_content.json");
    const auto token = detached["output"]["compact"].get<std::string>();
    const token_rules by{"me", {}, {algorithm::hs256}};
    const auto verdict = verify_token(token, by, {{key_of(detached["input"]["key"])}, {}},
                                      std::chrono::system_clock::now());
    EXPECT_EQ(std::get<token_problem>(verdict), token_problem::signature);
    // RFC 7797: the payload as it is, which the critical header b64 says.
    const auto plain =
        example("rfc7797/hmac-sha2_b64_false.json")["output"]["compact"].get<std::string>();
    const auto first = plain.substr(0, plain.find('.'));
    EXPECT_EQ(std::get<token_problem>(read_head(first, {algorithm::hs256})),
              token_problem::critical);
    // The JSON serialisations: the only ones of these.
    for (const auto* file :
         {"jws/4_6.protecting_specific_header_fields.json", "jws/4_7.protecting_content_only.json",
          "jws/4_8.multiple_signatures.json", "rfc7797/4.2.hmac-sha2_b64_false.json"}) {
        const auto all = example(file);
        EXPECT_FALSE(all["output"].contains("compact"));
        EXPECT_FALSE(split_token(all["output"]["json"].dump())) << file;
    }
}

TEST_F(cookbook, keys_are_read) {
    EXPECT_TRUE(key_of(example("jwk/3_1.ec_public_key.json")).fits(algorithm::es512));
    EXPECT_TRUE(key_of(example("jwk/3_3.rsa_public_key.json")).fits(algorithm::rs256));
    EXPECT_TRUE(
        key_of(example("jwk/3_5.symmetric_key_mac_computation.json")).fits(algorithm::hs256));
    // "use": "enc".
    EXPECT_TRUE(std::holds_alternative<std::string>(
        verification_key::parse(example("jwk/3_6.symmetric_key_encryption.json"))));
}

} // namespace
} // namespace thalamus::auth::cookbook_test
