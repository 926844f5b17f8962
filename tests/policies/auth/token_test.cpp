// What must be right about a token, claim by claim, and the ways in which others were fooled.

#include "demo/signing_key.hpp"
#include "policies/auth/token.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::token_test {
namespace {

using namespace std::chrono_literals;
using demo::signing_key;
using nlohmann::json;
using problem = token_problem;

const std::chrono::system_clock::time_point now{1'764'000'000s};
constexpr std::int64_t second = 1'764'000'000;

key_set published(std::initializer_list<const signing_key*> keys) {
    json all = json::array();
    for (const auto* key : keys) all.push_back(key->jwk());
    auto parsed = parse_key_set(json{{"keys", all}}.dump());
    EXPECT_TRUE(std::holds_alternative<key_set>(parsed));
    return std::get<key_set>(std::move(parsed));
}

class token : public testing::Test {
protected:
    static const signing_key& key() {
        static const signing_key made("ES256", "k1");
        return made;
    }
    static json claims(const json& more = json::object()) {
        json all{
            {"iss", "https://idp.example"}, {"aud", "api"}, {"sub", "alice"}, {"exp", second + 60}};
        all.update(more);
        for (const auto& [name, value] : more.items())
            if (value.is_null()) all.erase(name);
        return all;
    }
    std::optional<problem> verdict(const std::string& text) const {
        const auto how = verify_token(text, by, keys, now);
        const auto* why = std::get_if<problem>(&how);
        return why ? std::optional(*why) : std::nullopt;
    }
    std::optional<problem> verdict_of(const json& more) const {
        return verdict(key().token(claims(more)));
    }

    token_rules by{"https://idp.example", {"api", "web"}, {algorithm::es256, algorithm::rs256}};
    key_set keys = published({&key()});
};

TEST_F(token, is_taken_with_its_claims_when_all_is_right) {
    const auto how = verify_token(key().token(claims({{"a", {{"b", 1}}}})), by, keys, now);
    const auto* good = std::get_if<token_claims>(&how);
    ASSERT_TRUE(good);
    EXPECT_EQ(good->all["sub"], "alice");
    EXPECT_EQ(good->all["a"]["b"], 1);
    EXPECT_EQ(good->expires, now + 90s); // with the leeway
}

TEST_F(token, is_taken_from_every_kind_of_key) {
    for (const auto& each : all_algorithms) {
        const signing_key made{std::string(each.name), "k"};
        by.algorithms = {each.id};
        keys = published({&made});
        EXPECT_EQ(verdict(made.token(claims())), std::nullopt) << each.name;
        auto other = claims();
        other["sub"] = "mallory";
        const auto good = made.token(claims()), bad = made.token(other);
        EXPECT_EQ(verdict(good.substr(0, good.rfind('.')) + bad.substr(bad.rfind('.'))),
                  problem::signature)
            << each.name;
        for (const auto& wrong : all_algorithms) {
            by.algorithms = {wrong.id};
            if (wrong.id != each.id) {
                EXPECT_EQ(verdict(made.token(claims())), problem::algorithm) << wrong.name;
            }
        }
    }
}

TEST_F(token, of_an_algorithm_that_was_not_chosen_is_refused) {
    for (const auto* name : {"none", "None", "nOnE", "", "ES384", "HS256", "es256", "ES256K"}) {
        EXPECT_EQ(verdict(key().token(claims(), {{"alg", name}})), problem::algorithm) << name;
        const auto text = key().token(claims(), {{"alg", name}});
        EXPECT_EQ(verdict(text.substr(0, text.rfind('.') + 1)), problem::algorithm) << "unsigned";
    }
    EXPECT_EQ(verdict(key().token(claims(), {{"alg", 1}})), problem::malformed);
}

TEST_F(token, signed_with_a_public_key_as_a_secret_is_refused) {
    const signing_key rsa("RS256", "r");
    by.algorithms = {algorithm::rs256, algorithm::hs256}; // a careless configuration
    keys = published({&rsa});
    for (const auto& secret : {rsa.pem(), rsa.jwk().dump(), rsa.jwk()["n"].get<std::string>()}) {
        const signing_key attacker("HS256", "r", secret);
        EXPECT_EQ(verdict(attacker.token(claims())), problem::unknown_key);
        EXPECT_EQ(verdict(attacker.token(claims(), {{"alg", "RS256"}})), problem::signature);
    }
    EXPECT_EQ(verdict(rsa.token(claims())), std::nullopt);
}

TEST_F(token, with_a_key_of_its_own_is_refused) {
    const signing_key own("ES256", "k1");
    for (const auto& head : {json{{"jwk", own.jwk()}}, json{{"jku", "https://evil.example/keys"}},
                             json{{"x5u", "https://evil.example/cert"}}})
        EXPECT_EQ(verdict(own.token(claims(), head)), problem::own_key);
    EXPECT_EQ(verdict(own.token(claims())), problem::signature);
}

TEST_F(token, with_a_critical_header_is_refused) {
    EXPECT_EQ(verdict(key().token(claims(), {{"crit", {"exp"}}})), problem::critical);
    EXPECT_EQ(verdict(key().token(claims(), {{"crit", json::array()}})), problem::critical);
    EXPECT_EQ(verdict(key().token(claims(), {{"b64", false}, {"crit", {"b64"}}})),
              problem::critical);
}

TEST_F(token, of_an_unknown_key_is_told_apart) {
    EXPECT_EQ(verdict(key().token(claims(), {{"kid", "k2"}})), problem::unknown_key);
    EXPECT_EQ(verdict(key().token(claims(), {{"kid", 7}})), problem::malformed);
    EXPECT_EQ(verdict(key().token(claims(), {{"kid", ""}})), problem::malformed);
}

TEST_F(token, without_a_kid_may_be_of_any_of_a_few_keys) {
    const signing_key other("ES256", "k2");
    keys = published({&other, &key()});
    const auto text = [&] {
        const auto body =
            demo::base64url(R"({"alg":"ES256"})") + "." + demo::base64url(claims().dump());
        return body + "." + demo::base64url(key().sign(body));
    }();
    EXPECT_EQ(verdict(text), std::nullopt);
    const signing_key more[] = {{"ES256", "a"}, {"ES256", "b"}, {"ES256", "c"}};
    keys = published({&more[0], &more[1], &more[2], &other, &key()});
    EXPECT_EQ(verdict(text), problem::unknown_key) << "a stranger may not make us try them all";
}

TEST_F(token, must_be_of_the_issuer) {
    EXPECT_EQ(verdict_of({{"iss", nullptr}}), problem::issuer);
    EXPECT_EQ(verdict_of({{"iss", "https://idp.example/"}}), problem::issuer);
    EXPECT_EQ(verdict_of({{"iss", {"https://idp.example"}}}), problem::issuer);
}

TEST_F(token, must_be_for_one_of_the_audience) {
    EXPECT_EQ(verdict_of({{"aud", "web"}}), std::nullopt);
    EXPECT_EQ(verdict_of({{"aud", {"x", "api"}}}), std::nullopt);
    EXPECT_EQ(verdict_of({{"aud", nullptr}}), problem::audience);
    EXPECT_EQ(verdict_of({{"aud", ""}}), problem::audience);
    EXPECT_EQ(verdict_of({{"aud", json::array()}}), problem::audience);
    EXPECT_EQ(verdict_of({{"aud", {"x"}}}), problem::audience);
    EXPECT_EQ(verdict_of({{"aud", "api "}}), problem::audience);
    EXPECT_EQ(verdict_of({{"aud", {"api", 1}}}), problem::claims);
    EXPECT_EQ(verdict_of({{"aud", {{"api", true}}}}), problem::claims);
    by.audience.clear();
    EXPECT_EQ(verdict_of({{"aud", nullptr}}), std::nullopt);
    EXPECT_EQ(verdict_of(json::object()), std::nullopt) << "nobody asks";
}

TEST_F(token, holds_between_its_times_and_the_leeway) {
    for (const auto& [name, offset, wanted] :
         std::initializer_list<std::tuple<const char*, int, std::optional<problem>>>{
             {"exp", -29, std::nullopt},
             {"exp", -30, problem::expired},
             {"exp", -1000, problem::expired},
             {"nbf", 30, std::nullopt},
             {"nbf", 31, problem::not_yet},
             {"nbf", -1000, std::nullopt},
             {"iat", 30, std::nullopt},
             {"iat", 31, problem::not_yet}})
        EXPECT_EQ(verdict_of({{name, second + offset}}), wanted) << name << offset;
    EXPECT_EQ(verdict_of({{"exp", second + 0.5}}), std::nullopt);
    EXPECT_EQ(verdict_of({{"exp", second - 30.5}}), problem::expired);
    by.leeway = 0s;
    EXPECT_EQ(verdict_of({{"exp", second}}), problem::expired);
    EXPECT_EQ(verdict_of({{"exp", second + 1}}), std::nullopt);
}

TEST_F(token, with_times_that_are_none_is_refused) {
    for (const auto* name : {"exp", "nbf", "iat"})
        for (const auto& value : {json("1764000060"), json(-1), json(1e18), json(true),
                                  json::array({second + 60}), json(INT64_MAX), json(UINT64_MAX)})
            EXPECT_EQ(verdict_of({{name, value}}), problem::claims) << name << value;
    EXPECT_EQ(verdict_of({{"exp", nullptr}}), problem::claims);
    EXPECT_EQ(verdict_of({{"exp", 253402300799}}), std::nullopt);
    by.require_exp = false;
    EXPECT_EQ(verdict_of({{"exp", nullptr}}), std::nullopt);
}

TEST_F(token, that_can_be_read_in_two_ways_is_refused) {
    const auto sign = [&](const std::string& head, const std::string& body) {
        const auto text = demo::base64url(head) + "." + demo::base64url(body);
        return text + "." + demo::base64url(key().sign(text));
    };
    const std::string head = R"({"alg":"ES256","kid":"k1"})", body = claims().dump();
    EXPECT_EQ(verdict(sign(head, body)), std::nullopt);
    EXPECT_EQ(verdict(sign(R"({"alg":"ES256","kid":"k1","alg":"none"})", body)),
              problem::malformed);
    EXPECT_EQ(verdict(sign(head, R"({"sub":"mallory",)" + body.substr(1))), problem::malformed);
    EXPECT_EQ(verdict(sign(head, body + " x")), problem::malformed);
    EXPECT_EQ(verdict(sign(head, "[]")), problem::malformed);
    const auto good = sign(head, body);
    for (const auto& bad : {good + "=", good + ".", "." + good, good + " ", good.substr(1),
                            std::string(), std::string("."), std::string(".."),
                            good.substr(0, good.find('.')), std::string(longest_token + 1, 'a')})
        EXPECT_NE(verdict(bad), std::nullopt) << bad;
}

TEST_F(token, a_zero_signature_of_ecdsa_is_none) {
    const auto text = key().token(claims());
    const auto unsigned_text = text.substr(0, text.rfind('.') + 1);
    EXPECT_EQ(verdict(unsigned_text + demo::base64url(std::string(64, '\0'))), problem::signature);
    EXPECT_EQ(verdict(unsigned_text), problem::signature);
}

TEST(key_sets, leave_out_what_cannot_be_used_and_say_why) {
    const signing_key good("ES256", "good"), weak("HS256", "secret");
    auto short_point = signing_key("ES256", "short").jwk();
    short_point["x"] = "AAAA";
    auto unknown = good.jwk();
    unknown["kid"] = "unknown";
    unknown["kty"] = "AKP";
    const auto parsed =
        parse_key_set(json{{"keys", {good.jwk(), weak.jwk(), short_point, unknown, 7}}}.dump());
    const auto& set = std::get<key_set>(parsed);
    ASSERT_EQ(set.keys.size(), 1u);
    EXPECT_EQ(set.keys[0].kid(), "good");
    ASSERT_EQ(set.left_out.size(), 4u);
    EXPECT_EQ(set.left_out[0].find("key short: "), 0u);
    EXPECT_EQ(set.left_out[3], "key secret: a secret among public keys");
    for (const auto& text : set.left_out) EXPECT_EQ(text.find("\"k\""), std::string::npos);
}

TEST(key_sets, of_one_kid_leave_both_out_unless_a_token_tells_them_apart) {
    const signing_key a("ES256", "same"), b("ES256", "same"), c("ES256", "other");
    const auto set = published({&a, &b, &c});
    ASSERT_EQ(set.keys.size(), 1u);
    EXPECT_EQ(set.keys[0].kid(), "other");
    const signing_key rsa("RS256", "same"), pss("PS256", "same");
    EXPECT_EQ(published({&a, &rsa, &pss, &c}).keys.size(), 4u) << "by type and algorithm";
    EXPECT_EQ(published({&a, &a}).keys.size(), 1u) << "it is the same";
    auto unknown = a.jwk();
    unknown["kty"] = "AKP";
    EXPECT_EQ(
        std::get<key_set>(parse_key_set(json{{"keys", {a.jwk(), unknown}}}.dump())).keys.size(),
        1u);
}

TEST(key_sets, find_the_key_of_a_kid_among_many_without_one) {
    json all = json::array();
    const signing_key named("ES256", "k1");
    for (int i = 0; i < 6; ++i) {
        all.push_back(signing_key("ES256", "").jwk());
        all.back().erase("kid");
    }
    all.push_back(named.jwk());
    const auto set = std::get<key_set>(parse_key_set(json{{"keys", all}}.dump()));
    EXPECT_EQ(set.find("k1", algorithm::es256).size(), 1u);
    EXPECT_EQ(set.find("k2", algorithm::es256).size(), 6u);
    EXPECT_EQ(set.find("", algorithm::es256).size(), 7u);
    EXPECT_TRUE(set.find("k1", algorithm::rs256).empty());
}

TEST(key_sets, are_bounded_and_never_throw) {
    for (const auto* text : {"", "{}", "[]", R"({"keys":{}})", R"({"keys":7})", "{\"keys\":[", "x"})
        EXPECT_TRUE(std::holds_alternative<std::string>(parse_key_set(text))) << text;
    EXPECT_TRUE(std::get<key_set>(parse_key_set(R"({"keys":[]})")).keys.empty());
    json many = json::array();
    for (std::size_t i = 0; i <= most_keys; ++i) many.push_back(json::object());
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_key_set(json{{"keys", many}}.dump())));
    EXPECT_TRUE(
        std::holds_alternative<std::string>(parse_key_set(std::string(longest_key_set + 1, ' '))));
}

TEST(keys, are_for_what_they_say) {
    const auto refused = [](json jwk) {
        return std::holds_alternative<std::string>(verification_key::parse(jwk));
    };
    const auto with = [](json jwk, const json& change) {
        jwk.update(change);
        return jwk;
    };
    const auto ec = signing_key("ES256", "k").jwk(), rsa = signing_key("RS256", "k").jwk(),
               ed = signing_key("EdDSA", "k").jwk(), oct = signing_key("HS512", "k").jwk();
    for (const auto& jwk : {ec, rsa, ed, oct}) {
        EXPECT_FALSE(refused(jwk));
        EXPECT_TRUE(refused(with(jwk, {{"use", "enc"}})));
        EXPECT_TRUE(refused(with(jwk, {{"key_ops", {"sign"}}})));
        EXPECT_FALSE(refused(with(jwk, {{"key_ops", {"sign", "verify"}}})));
        EXPECT_TRUE(refused(with(jwk, {{"kty", "x"}})));
        EXPECT_TRUE(refused(with(jwk, {{"alg", "none"}})));
        EXPECT_TRUE(refused(with(jwk, {{"kid", 1}})));
    }
    EXPECT_TRUE(refused(with(ec, {{"alg", "RS256"}})));
    EXPECT_TRUE(refused(with(ec, {{"alg", "ES384"}})));
    EXPECT_TRUE(refused(with(ec, {{"crv", "secp256k1"}})));
    EXPECT_TRUE(refused(with(ec, {{"y", ec["x"]}}))); // a point that is not on the curve
    EXPECT_TRUE(refused(with(rsa, {{"e", "AQ"}})));   // 1
    EXPECT_TRUE(refused(with(rsa, {{"e", "Ag"}})));   // 2
    EXPECT_TRUE(refused(with(rsa, {{"e", "AQAAAAAAAAAB"}})));
    EXPECT_TRUE(refused(with(rsa, {{"n", "AQAB"}})));
    EXPECT_TRUE(refused(with(oct, {{"k", "AAAA"}})));
}

} // namespace
} // namespace thalamus::auth::token_test
