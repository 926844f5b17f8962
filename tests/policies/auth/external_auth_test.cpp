#include "policies/auth/external_auth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::auth::external_auth_test {
namespace {

using outcome = external_auth_response::outcome;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

external_auth_response
said(unsigned status,
     std::initializer_list<std::pair<std::string_view, std::string_view>> fields = {}) {
    config::forward_settings of;
    of.copy = {"X-User-Id", "Authorization"};
    http::field_list list;
    for (const auto& [name, value] : fields) list.push_back({http::to_field_id(name), name, value});
    return read_external_auth_response(of, status, list);
}

TEST(external_auth_response, of_2xx_passes_with_the_headers_of_the_list_and_no_others) {
    for (const unsigned status : {200u, 202u, 204u, 299u})
        EXPECT_EQ(said(status).result, outcome::passed) << status;
    EXPECT_THAT(
        said(200, {{"x-user-id", "7"}, {"X-Other", "1"}, {"AUTHORIZATION", "Bearer t"}}).copied,
        ElementsAre(Pair("X-User-Id", "7"), Pair("Authorization", "Bearer t")));
    EXPECT_THAT(said(200, {{"X-User_Id", "7"}}).copied, IsEmpty());
}

TEST(external_auth_response, with_a_repeated_header_of_the_list_is_unusable) {
    const auto twice = said(200, {{"X-User-Id", "7"}, {"x-user-id", "8"}});
    EXPECT_EQ(twice.result, outcome::unusable);
    EXPECT_THAT(twice.copied, IsEmpty());
    EXPECT_THAT(twice.problem, testing::HasSubstr("X-User-Id"));
}

TEST(external_auth_response, of_401_brings_its_challenges_and_403_forbids) {
    const auto refused = said(401, {{"WWW-Authenticate", "Bearer"}, {"www-authenticate", "Basic"}});
    EXPECT_EQ(refused.result, outcome::refused);
    EXPECT_THAT(refused.challenges, ElementsAre("Bearer", "Basic"));
    const auto forbidden = said(403, {{"Set-Cookie", "a=1"}});
    EXPECT_EQ(forbidden.result, outcome::forbidden);
    EXPECT_THAT(forbidden.cookies, IsEmpty());
}

TEST(external_auth_response, may_send_the_client_elsewhere_to_sign_in) {
    for (const unsigned status : {302u, 303u, 307u}) {
        const auto there = said(status, {{"Location", "https://login.example/?a=b"}});
        EXPECT_EQ(there.result, outcome::elsewhere);
        EXPECT_EQ(there.status, status);
        EXPECT_EQ(there.location, "https://login.example/?a=b");
        EXPECT_EQ(said(status).result, outcome::unusable) << "it does not say where";
    }
    EXPECT_THAT(
        said(302, {{"Location", "/"}, {"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}}).cookies,
        ElementsAre("a=1", "b=2"))
        << "by which it knows the client when that comes back";
}

TEST(external_auth_response, with_any_other_status_is_unusable) {
    for (const unsigned status :
         {300u, 301u, 304u, 308u, 400u, 402u, 404u, 407u, 429u, 500u, 503u}) {
        EXPECT_EQ(said(status, {{"Location", "/"}}).result, outcome::unusable) << status;
        EXPECT_FALSE(said(status).problem.empty());
    }
}

} // namespace
} // namespace thalamus::auth::external_auth_test
