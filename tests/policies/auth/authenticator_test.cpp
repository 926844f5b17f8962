// Which credentials count where a route has several ways, and what must be found out first: decided
// without a socket. Tokens, keys and passwords themselves: their own tests.

#include "policies/auth/authenticator.hpp"

#include "tests/config/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::auth::authenticator_test {
namespace {

using namespace std::chrono_literals;
using outcome = decision::outcome;
using found = lookup_result::outcome;
using std::chrono::system_clock;
using testing::ElementsAre;
using testing::Pair;

const std::string ways_and_routes = R"(
consumers:
  - {name: acme, api_keys: [{sha256: 5b11618c2e44027877d0cd0921ed166b9f176f50587fc91e7534dd2946db77d6}]}
auth:
  keys: {api_key: {from: ["header:X-Api-Key", "cookie:key", "query:key"]}}
  opaque: {introspection: {url: "http://idp/introspect", client_id: gw, client_secret: s}}
  cookies: {api_key: {from: ["cookie:session"]}}
  idp: {jwt: {issuer: me, algorithms: [ES256], audience: [api], jwks: "http://idp/keys"}}
  outside: {forward: {url: "http://authz/check", headers: [Authorization, X-Session, Cookie], copy: [X-User-Id]}}
  password: {basic: {}}
  partners: {forward: {url: "http://partners/check", headers: [Authorization, X-Session, Cookie]}}
services: {app: {targets: ["http://app"]}}
routes:
  - {id: keys-outside, match: {path: /a}, auth: [keys, outside], service: app}
  - {id: outside-keys, match: {path: /b}, auth: [outside, keys], service: app}
  - {id: opaque-outside, match: {path: /c}, auth: [opaque, outside], service: app}
  - {id: optional, match: {path: /d}, auth: outside, auth_optional: true, service: app}
  - {id: opaque, match: {path: /e}, auth: opaque, service: app}
  - {id: three, match: {path: /f}, auth: [opaque, keys, cookies], service: app}
  - {id: two-outside, match: {path: /g}, auth: [outside, partners], service: app}
  - {id: outside-keys-opaque, match: {path: /h}, auth: [outside, keys, opaque], service: app}
  - {id: keys-password, match: {path: /i}, auth: [keys, password], service: app}
)"; // "secret1"

enum way_index : std::size_t { keys, opaque, cookies, idp, external_auth, password, partners };

class several_methods : public testing::Test {
protected:
    several_methods() { credential_state_.complete = true; }

    using fields_of_request = std::vector<std::pair<std::string, std::string>>;
    std::variant<decision, lookup> ask(const std::string& route, const fields_of_request& of,
                                       const std::vector<lookup_result>& known = {}) {
        return ask_with_query(route, of, "", known);
    }
    std::variant<decision, lookup> ask_with_query(const std::string& route,
                                                  const fields_of_request& of,
                                                  std::string_view query,
                                                  const std::vector<lookup_result>& known = {}) {
        http::field_list fields;
        for (const auto& [name, value] : of)
            fields.push_back({http::to_field_id(name), name, value});
        const auto at = std::ranges::find(snapshot_->routes, route, &config::route_settings::id);
        return authenticator_.decide(*at, {}, fields, query, now_, known);
    }
    decision decided(const std::string& route, const fields_of_request& of,
                     const std::vector<lookup_result>& known = {}) {
        auto result = ask(route, of, known);
        EXPECT_TRUE(std::holds_alternative<decision>(result)) << "it asks";
        return std::get<decision>(std::move(result));
    }
    /// The way that is asked about; none if it was decided.
    std::size_t asked(const std::string& route, const fields_of_request& of,
                      const std::vector<lookup_result>& known = {}) {
        const auto result = ask(route, of, known);
        const auto* what = std::get_if<lookup>(&result);
        return what ? what->auth_method : decision::none;
    }
    static lookup_result says(std::size_t auth_method, found what) {
        lookup_result result{auth_method, what};
        if (what == found::passed) result.principal = std::make_shared<const principal>();
        else result.reason = reason::service_refuses;
        return result;
    }

    const config::snapshot_ptr snapshot_ = config::must_load(ways_and_routes);
    const auth_methods auth_methods_{*snapshot_};
    credential_state credential_state_{snapshot_->consumers};
    authenticator authenticator_{auth_methods_, credential_state_};
    system_clock::time_point now_ = system_clock::now();

    const std::pair<std::string, std::string> good{"X-Api-Key", "secret1"}, bad{"X-Api-Key", "x"},
        bearer{"Authorization", "Bearer abc"}, cookie{"Cookie", "theme=dark"},
        session{"X-Session", "7"};
};

TEST_F(several_methods, no_lookup_follows_once_a_method_has_passed_the_request) {
    const auto how = decided("keys-outside", {good});
    EXPECT_EQ(how.result, outcome::passed);
    EXPECT_EQ(how.auth_method, keys);
    EXPECT_EQ(how.principal->name, "acme");
    EXPECT_EQ(decided("keys-outside", {good, cookie}).result, outcome::passed)
        << "browsers send cookies with everything";
    EXPECT_EQ(asked("outside-keys", {good}), external_auth) << "in the order of the route";
}

TEST_F(several_methods, every_credential_must_be_verified_by_some_method) {
    for (const auto& unverified : {bearer, session}) {
        EXPECT_EQ(asked("keys-outside", {good, unverified}), external_auth) << unverified.first;
        const auto refused =
            decided("keys-outside", {good, unverified}, {says(external_auth, found::refused)});
        EXPECT_EQ(refused.result, outcome::bad) << unverified.first;
        EXPECT_EQ(refused.auth_method, external_auth);
        const auto passed =
            decided("keys-outside", {good, unverified}, {says(external_auth, found::passed)});
        EXPECT_EQ(passed.result, outcome::passed);
        EXPECT_EQ(passed.auth_method, keys) << "the first says who asks";
    }
    EXPECT_EQ(decided("keys-outside", {bad, bearer}, {says(external_auth, found::passed)}).result,
              outcome::bad)
        << "the key is nobody's, and nobody has verified it";
    EXPECT_EQ(decided("outside-keys", {bad, bearer}, {says(external_auth, found::passed)}).result,
              outcome::bad);
}

TEST_F(several_methods, a_service_overrides_a_refusal_if_it_saw_only_that_credential) {
    const std::pair<std::string, std::string> one{"Cookie", "key=unknown"},
        several{"Cookie", "theme=dark; key=unknown"};
    for (const std::string route : {"keys-outside", "outside-keys"}) {
        EXPECT_EQ(decided(route, {one}, {says(external_auth, found::passed)}).auth_method,
                  external_auth);
        EXPECT_EQ(decided(route, {one}, {says(external_auth, found::refused)}).result,
                  outcome::bad);
        EXPECT_EQ(decided(route, {several}, {says(external_auth, found::passed)}).result,
                  outcome::bad)
            << "it may have looked at another cookie";
        EXPECT_EQ(decided(route, {one, one}, {says(external_auth, found::passed)}).result,
                  outcome::bad)
            << "one key, in two places";
    }
    EXPECT_EQ(decided("opaque-outside", {bearer, cookie},
                      {says(opaque, found::refused), says(external_auth, found::passed)})
                  .result,
              outcome::bad)
        << "it may have looked at the cookie";
}

TEST_F(several_methods, a_verified_cookie_does_not_verify_other_cookies_of_its_field) {
    const std::pair<std::string, std::string> both{"Cookie", "key=secret1; session=forged"};
    EXPECT_EQ(decided("keys-outside", {both}).result, outcome::passed);
    EXPECT_EQ(asked("keys-outside", {both, session}), external_auth);
    EXPECT_EQ(decided("three", {bearer, {"Cookie", "key=abc; session=forged"}},
                      {says(opaque, found::passed)})
                  .result,
              outcome::bad)
        << "nor does a token that stands in a field of its own and in a cookie";
    EXPECT_EQ(
        decided("three", {bearer, {"Cookie", "key=abc"}}, {says(opaque, found::passed)}).result,
        outcome::passed);
}

TEST_F(several_methods, a_credential_in_the_query_is_verified_by_its_own_method_only) {
    const auto with_key = [&](const std::string& key, const std::vector<lookup_result>& known) {
        const auto result = ask_with_query("keys-outside", {bearer}, "?key=" + key, known);
        return std::get<decision>(result).result;
    };
    EXPECT_EQ(with_key("secret1", {says(external_auth, found::passed)}), outcome::passed);
    EXPECT_EQ(with_key("unknown", {says(external_auth, found::passed)}), outcome::bad);
    const auto result =
        ask_with_query("outside-keys-opaque", {bearer}, "?key=abc",
                       {says(external_auth, found::passed), says(opaque, found::refused)});
    EXPECT_EQ(std::get<decision>(result).result, outcome::bad)
        << "nor by who was shown a field with the same text";
}

TEST_F(several_methods, a_failed_service_does_not_count_if_another_method_passes) {
    for (const auto what : {found::refused, found::forbidden, found::unavailable}) {
        EXPECT_EQ(decided("outside-keys", {good}, {says(external_auth, what)}).auth_method, keys);
        EXPECT_EQ(decided("outside-keys", {good, cookie}, {says(external_auth, what)}).auth_method,
                  keys);
        EXPECT_NE(decided("outside-keys", {good, bearer}, {says(external_auth, what)}).result,
                  outcome::passed);
    }
    EXPECT_EQ(asked("opaque-outside", {bearer}), opaque);
    EXPECT_EQ(asked("opaque-outside", {bearer}, {says(opaque, found::refused)}), external_auth);
    EXPECT_EQ(decided("opaque-outside", {bearer},
                      {says(opaque, found::refused), says(external_auth, found::passed)})
                  .auth_method,
              external_auth);
    EXPECT_EQ(decided("opaque-outside", {bearer}, {says(opaque, found::passed)}).auth_method,
              opaque)
        << "the field is that token: nobody else need see it";
}

TEST_F(several_methods, one_of_two_services_is_enough) {
    for (const auto& shown : {fields_of_request{bearer}, fields_of_request{bearer, cookie},
                              fields_of_request{session}, fields_of_request{}}) {
        EXPECT_EQ(asked("two-outside", shown), external_auth);
        EXPECT_EQ(asked("two-outside", shown, {says(external_auth, found::refused)}), partners);
        EXPECT_EQ(decided("two-outside", shown,
                          {says(external_auth, found::refused), says(partners, found::passed)})
                      .auth_method,
                  partners);
        EXPECT_EQ(decided("two-outside", shown, {says(external_auth, found::passed)}).auth_method,
                  external_auth);
        EXPECT_FALSE(decided("two-outside", shown,
                             {says(external_auth, found::refused), says(partners, found::refused)})
                         .may_pass());
    }
}

TEST_F(several_methods, user_and_password_are_not_verified_by_a_key_of_the_same_text) {
    const auto result = ask("keys-password", {good, {"Authorization", "Basic secret1"}});
    ASSERT_TRUE(std::holds_alternative<decision>(result));
    EXPECT_EQ(std::get<decision>(result).result, outcome::bad);
    EXPECT_EQ(std::get<decision>(result).auth_method, password);
}

TEST_F(several_methods, an_unavailable_method_gives_503_before_others_give_401) {
    EXPECT_EQ(decided("opaque-outside", {bearer},
                      {says(opaque, found::unavailable), says(external_auth, found::refused)})
                  .result,
              outcome::unavailable);
    EXPECT_EQ(decided("opaque-outside", {bearer},
                      {says(opaque, found::refused), says(external_auth, found::unavailable)})
                  .result,
              outcome::unavailable);
    EXPECT_EQ(
        decided("keys-outside", {bad, bearer}, {says(external_auth, found::unavailable)}).result,
        outcome::bad)
        << "nobody could say anything else of the key";
    EXPECT_EQ(
        decided("outside-keys", {bad, bearer}, {says(external_auth, found::unavailable)}).result,
        outcome::bad)
        << "in whatever order";
}

TEST_F(several_methods, a_redirect_of_a_service_counts_when_another_method_refuses) {
    auto elsewhere = says(external_auth, found::refused);
    auto answer = std::make_shared<external_auth_response>();
    answer->result = external_auth_response::outcome::elsewhere;
    elsewhere.external_auth = answer;
    EXPECT_EQ(decided("keys-outside", {{"Cookie", "key=expired"}}, {elsewhere}).external_auth,
              answer);
    EXPECT_EQ(decided("opaque-outside", {bearer}, {says(opaque, found::refused), elsewhere})
                  .external_auth,
              answer);
    EXPECT_EQ(decided("keys-outside", {bad}, {elsewhere}).external_auth, nullptr)
        << "it was not shown the key";
}

TEST_F(several_methods, a_service_is_called_for_requests_without_a_credential) {
    EXPECT_EQ(asked("keys-outside", {}), external_auth);
    EXPECT_EQ(decided("keys-outside", {}, {says(external_auth, found::passed)}).result,
              outcome::passed);
    EXPECT_EQ(decided("keys-outside", {}, {says(external_auth, found::refused)}).result,
              outcome::missing);
    EXPECT_EQ(decided("keys-outside", {}, {says(external_auth, found::forbidden)}).result,
              outcome::forbidden);
    EXPECT_EQ(decided("keys-outside", {}, {says(external_auth, found::unavailable)}).result,
              outcome::unavailable);
}

TEST_F(several_methods, with_an_optional_credential_a_service_is_called_only_if_there_is_one) {
    EXPECT_EQ(decided("optional", {}).result, outcome::anonymous);
    EXPECT_EQ(decided("optional", {{"X-Other", "1"}}).result, outcome::anonymous);
    EXPECT_EQ(asked("optional", {cookie}), external_auth);
    EXPECT_EQ(decided("optional", {cookie}, {says(external_auth, found::refused)}).result,
              outcome::bad);
}

TEST_F(several_methods, a_service_gets_the_fields_of_its_list_with_cookies_joined) {
    const auto result =
        ask("outside-keys", {{"cookie", "a=1"}, good, {"X-Other", "1"}, {"Cookie", "b=2"}, bearer});
    const auto& what = std::get<external_auth_lookup>(std::get<lookup>(result).details);
    EXPECT_THAT(what.fields,
                ElementsAre(Pair("Authorization", "Bearer abc"), Pair("cookie", "a=1; b=2")));
}

TEST_F(several_methods, a_repeated_field_of_its_list_is_refused) {
    for (const auto& twice : {bearer, session}) {
        EXPECT_EQ(decided("outside-keys", {twice, twice}).result, outcome::bad);
        EXPECT_EQ(decided("keys-outside", {good, twice, twice}).result, outcome::bad);
    }
}

TEST_F(several_methods, the_response_of_a_service_reaches_the_client) {
    auto refused = says(external_auth, found::refused);
    auto answer = std::make_shared<external_auth_response>();
    answer->result = external_auth_response::outcome::refused;
    answer->challenges = {"Bearer realm=\"there\""};
    refused.external_auth = answer;
    const auto how = decided("keys-outside", {bearer}, {refused});
    EXPECT_EQ(how.external_auth, answer);
    const auto& route = snapshot_->routes[0];
    EXPECT_THAT(challenges(auth_methods_, route, how),
                ElementsAre("ApiKey realm=\"keys\"", "Bearer realm=\"there\""));
    EXPECT_THAT(challenges(auth_methods_, route,
                           decided("keys-outside", {bad}, {says(external_auth, found::refused)})),
                ElementsAre("ApiKey realm=\"keys\"", "Forward realm=\"outside\""));
}

TEST_F(several_methods, an_active_token_is_introspected_again_when_its_result_expires) {
    const auto result = ask("opaque", {bearer});
    const auto& what = std::get<token_lookup>(std::get<lookup>(result).details);
    EXPECT_EQ(what.token, "abc");
    auto who = std::make_shared<principal>();
    who->expires = now_ + 60s;
    authenticator_.remember(what.name, who, 3);
    EXPECT_TRUE(decided("opaque", {bearer}).remembered);
    EXPECT_EQ(asked("opaque", {{"Authorization", "Bearer abd"}}), opaque);
    authenticator_.set_keys(0, nullptr); // those of an issuer that publishes some
    EXPECT_TRUE(decided("opaque", {bearer}).remembered);
    now_ += 60s;
    EXPECT_EQ(asked("opaque", {bearer}), opaque);
}

TEST_F(several_methods, a_revoked_token_is_refused_whatever_its_issuer_says) {
    credential_state_.revoked.add({revocation::kind::token, "t1", {}, now_ + 60s});
    auto passed = says(opaque, found::passed);
    auto who = std::make_shared<principal>();
    who->token_id = "t1";
    passed.principal = who;
    EXPECT_EQ(decided("opaque", {bearer}, {passed}).result, outcome::bad);
    EXPECT_EQ(
        decided("opaque-outside", {bearer}, {passed, says(external_auth, found::passed)}).result,
        outcome::bad);
}

TEST_F(several_methods, malformed_tokens_are_not_introspected) {
    EXPECT_EQ(decided("opaque", {{"Authorization", "Bearer " + std::string(20'000, 'a')}}).result,
              outcome::bad);
    EXPECT_EQ(decided("opaque", {}).result, outcome::missing);
    EXPECT_EQ(decided("opaque", {{"Authorization", "Basic abc"}}).result, outcome::missing);
}

} // namespace
} // namespace thalamus::auth::authenticator_test
