// The section store: the ways to name a Redis, and what is shown of its password.

#include "config/addresses.hpp"
#include "tests/config/problem_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::config::store_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using topology = redis_settings::topology;

redis_settings redis_of(const std::string& value) {
    return must_load(a_route + "store: {redis: " + value + "}\n")->store.redis.value();
}

std::vector<std::string> texts(const std::vector<endpoint>& addresses) {
    std::vector<std::string> result;
    for (const auto& address : addresses) result.push_back(to_text(address));
    return result;
}

json shown_store(const snapshot& of) { return json::parse(of.effective)["store"]; }

TEST(store, is_the_memory_of_the_node_unless_a_redis_is_named) {
    for (const auto* section : {"", "store: off\n", "store: {}\n", "store: {redis: off}\n",
                                "store: {redis: \"${REDIS:-off}\"}\n"}) {
        const auto value = must_load(a_route + section);
        EXPECT_FALSE(value->store.redis) << section;
        EXPECT_EQ(value->store.timeout, 20ms);
        EXPECT_EQ(value->store.prefix, "thalamus:");
        EXPECT_EQ(shown_store(*value),
                  json::parse(R"({"redis": "off", "timeout": "20ms", "prefix": "thalamus:"})"));
    }
}

TEST(store, takes_a_time_and_a_prefix) {
    const auto store =
        must_load(a_route + "store: {timeout: 10s, prefix: \"" + std::string(64, 'x') + "\"}\n")
            ->store;
    EXPECT_EQ(store.timeout, 10s);
    EXPECT_EQ(store.prefix, std::string(64, 'x'));
    EXPECT_EQ(must_load(a_route + "store: {timeout: 1ms, prefix: \"\"}\n")->store.prefix, "");
}

TEST(redis_url, names_one_server) {
    const auto redis = redis_of("redis://user:password@redis:6380/3");
    EXPECT_EQ(redis.type, topology::standalone);
    EXPECT_THAT(texts(redis.addresses), ElementsAre("redis:6380"));
    EXPECT_EQ(redis.user, "user");
    EXPECT_EQ(redis.password, "password");
    EXPECT_EQ(redis.database, 3u);
}

TEST(redis_url, has_a_default_for_everything_but_the_host) {
    for (const auto* url : {"redis://redis", "REDIS://redis/", "redis://redis:6379/0"}) {
        const auto redis = redis_of(url);
        EXPECT_THAT(texts(redis.addresses), ElementsAre("redis:6379")) << url;
        EXPECT_EQ(redis.user + redis.password, "") << url;
        EXPECT_EQ(redis.database, 0u) << url;
    }
    EXPECT_THAT(texts(redis_of("\"redis://[::1]\"").addresses), ElementsAre("[::1]:6379"));
    EXPECT_THAT(texts(redis_of("\"redis://:p@[::1]:1\"").addresses), ElementsAre("[::1]:1"));
}

TEST(redis_url, has_a_user_and_password_in_any_bytes) {
    const auto user_and_password = [](const std::string& url) {
        const auto redis = redis_of("\"redis://" + url + "\"");
        return redis.user + " / " + redis.password;
    };
    EXPECT_EQ(user_and_password(":secret@h"), " / secret");
    EXPECT_EQ(user_and_password("u@h"), "u / ");
    EXPECT_EQ(user_and_password("u:@h"), "u / ");
    EXPECT_EQ(user_and_password("@h"), " / ");
    EXPECT_EQ(user_and_password("a%3Ab:p%40%2f%25+%20@h"), "a:b / p@/%+ ");
    EXPECT_EQ(user_and_password("u:p:q@r@h"), "u / p:q@r") << "the last @ counts";
}

TEST(redis, is_found_through_sentinels) {
    const auto redis = redis_of("{sentinels: [s1, \"s2:26380\", \"[::1]:1\"], primary: main, "
                                "user: u, password: p%40, database: 2}");
    EXPECT_EQ(redis.type, topology::sentinel);
    EXPECT_THAT(texts(redis.addresses), ElementsAre("s1:26379", "s2:26380", "[::1]:1"));
    EXPECT_EQ(redis.primary, "main");
    EXPECT_EQ(redis.user, "u");
    EXPECT_EQ(redis.password, "p%40") << "no URL, no escapes";
    EXPECT_EQ(redis.database, 2u);
}

TEST(redis, can_be_a_cluster) {
    const auto redis = redis_of("{cluster: [r1, \"r2:7000\"], password: 0755, user: \"\"}");
    EXPECT_EQ(redis.type, topology::cluster);
    EXPECT_THAT(texts(redis.addresses), ElementsAre("r1:6379", "r2:7000"));
    EXPECT_EQ(redis.password, "0755");
}

TEST(effective, shows_a_redis_without_its_password) {
    const auto shown = [](const std::string& value) {
        const auto loaded = must_load(memory{
            {{"gateway.yaml", a_route + "store: {redis: " + value + "}\n"}, {"pw", "hunter2/@\n"}},
            {{"REDIS_PASSWORD", "hunter2"}}});
        EXPECT_THAT(loaded->effective, Not(HasSubstr("hunter2"))) << value;
        return shown_store(*loaded)["redis"];
    };
    EXPECT_EQ(shown("\"redis://u:hunter2@h/1\""), "redis://***@h:6379/1");
    EXPECT_EQ(shown("\"redis://:${REDIS_PASSWORD}@h\""), "redis://***@h:6379/0");
    EXPECT_EQ(shown("\"redis://h\""), "redis://h:6379/0");
    EXPECT_EQ(shown("{cluster: [h], password: \"${file:pw}\"}"),
              json::parse(R"({"cluster": ["h:6379"], "user": "", "password": "***"})"));
    EXPECT_EQ(shown("{sentinels: [h], primary: m, user: u, password: \"${REDIS_PASSWORD}\"}"),
              json::parse(R"({"sentinels": ["h:26379"], "primary": "m", "database": 0, "user": "u",
                              "password": "***"})"));
    EXPECT_EQ(shown("{cluster: [h]}")["password"], "");
}

TEST(effective, of_a_redis_can_be_loaded_again) {
    for (const auto* value : {"\"redis://u:p@h/1\"", "{cluster: [h], password: p}",
                              "{sentinels: [h], primary: m, user: u, database: 4}"}) {
        const auto first = must_load(a_service +
                                     "routes: [{match: {path: /}, service: users}]\n"
                                     "store: {redis: " +
                                     value + "}\n");
        EXPECT_EQ(must_load(first->effective)->effective, first->effective) << value;
    }
}

TEST(redis, takes_its_password_from_a_file) {
    const memory outside{{{"gateway.yaml", a_route + "store:\n  redis: {cluster: [h], password: "
                                                     "\"${file:pw}\"}\n"},
                          {"pw", "hunter2/@\n"}},
                         {}};
    EXPECT_EQ(must_load(outside)->store.redis->password, "hunter2/@");
}

} // namespace
} // namespace thalamus::config::store_test
