#include "policies/auth/introspection.hpp"

#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::introspection_test {
namespace {

using namespace std::chrono_literals;
using outcome = introspection::outcome;
using std::chrono::system_clock;

constexpr system_clock::time_point now{1'730'000'000s};

TEST(introspection_request, is_a_form_with_only_the_token) {
    EXPECT_EQ(introspection_form("abc.DEF-1"), "token=abc.DEF-1&token_type_hint=access_token");
    EXPECT_EQ(introspection_form("a&token=b+%\n"),
              "token=a%26token%3Db%2B%25%0A&token_type_hint=access_token");
}

TEST(introspection_request, shows_client_id_and_secret_as_oauth_encodes_them) {
    EXPECT_EQ(client_authorization("gw", "secret"), "Basic Z3c6c2VjcmV0");
    const auto value = client_authorization("g:w", "s %é");
    ASSERT_TRUE(value.starts_with("Basic "));
    EXPECT_EQ(base::decode_base64(value.substr(6)), "g%3Aw:s%20%25%C3%A9");
}

TEST(introspection_response, that_says_active_brings_claims_and_their_end) {
    auto said = read_introspection(
        200, R"({"active": true, "sub": "alice", "exp": 1730000060, "iat": 1729999000})", now);
    ASSERT_EQ(said.result, outcome::active) << said.problem;
    EXPECT_EQ(said.claims.all["sub"], "alice");
    EXPECT_EQ(said.claims.expires, now + 60s) << "exactly: nothing is kept beyond it";
    said = read_introspection(200, R"({"active": true})", now);
    ASSERT_EQ(said.result, outcome::active);
    EXPECT_EQ(said.claims.expires, system_clock::time_point::max());
}

TEST(introspection_response, is_limited_by_its_own_dates_within_the_clock_difference) {
    const auto of = [](const std::string& members) {
        return read_introspection(200, "{\"active\": true, " + members + "}", now).result;
    };
    EXPECT_EQ(of("\"exp\": 1729999971"), outcome::active) << "the issuer's clock may be behind";
    EXPECT_EQ(of("\"exp\": 1729999970"), outcome::inactive);
    EXPECT_EQ(of("\"nbf\": 1730000030"), outcome::active);
    EXPECT_EQ(of("\"nbf\": 1730000031"), outcome::inactive);
    EXPECT_EQ(of("\"iat\": 1730000031"), outcome::inactive);
    EXPECT_EQ(of("\"exp\": \"soon\""), outcome::unusable);
    EXPECT_EQ(of("\"exp\": -1"), outcome::unusable);
}

TEST(introspection_response, with_any_other_content_is_unusable) {
    EXPECT_EQ(read_introspection(200, R"({"active": false, "sub": "alice"})", now).result,
              outcome::inactive);
    for (const auto* body :
         {"", "no", "[]", "true", "{}", R"({"active": "true"})", R"({"active": 1})",
          R"({"active": null})", R"({"active": false, "active": true})", R"({"active": true)"}) {
        const auto said = read_introspection(200, body, now);
        EXPECT_EQ(said.result, outcome::unusable) << body;
        EXPECT_FALSE(said.problem.empty()) << body;
    }
    for (const unsigned status : {204u, 302u, 400u, 401u, 403u, 404u, 500u, 503u})
        EXPECT_EQ(read_introspection(status, R"({"active": true})", now).result, outcome::unusable)
            << status;
}

TEST(base64, is_written_as_it_is_read) {
    for (const std::string bytes : {"", "a", "ab", "abc", "abcd", "\xff\xfe\xfd\xfb"})
        EXPECT_EQ(base::decode_base64(base::encode_base64(bytes)), bytes);
    EXPECT_EQ(base::encode_base64("a"), "YQ==");
}

} // namespace
} // namespace thalamus::auth::introspection_test
