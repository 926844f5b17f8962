// How a store signs in to Redis, and what it says where it may not.
#include "tests/store/redis/redis_test.hpp"

namespace thalamus::store::redis_sign_in_test {
namespace {

using config::limit_algorithm;

class redis_sign_in : public redis_test {};

TEST_F(redis_sign_in, signs_in_with_a_password) {
    test::redis_server server({"--requirepass", "p@ss \"word"});
    auto settings = settings_for(server.port());
    settings.redis->password = "p@ss \"word";
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    EXPECT_TRUE(on.take("k", by).ok());
}

TEST_F(redis_sign_in, signs_in_as_a_user_who_may_do_no_more_than_it_needs) {
    test::redis_server server;
    server.ask({"ACL", "SETUSER", "gateway", "on", ">secret", "~thalamus:*", "+get", "+set", "+del",
                "+eval", "+evalsha", "+time", "+ping", "+select", "+@sortedset", "+persist",
                "+pexpireat"});
    server.ask({"ACL", "SETUSER", "default", "off"});
    auto settings = settings_for(server.port());
    settings.redis->user = "gateway";
    settings.redis->password = "secret";
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    EXPECT_TRUE(on.put("a", "1").ok());
    EXPECT_EQ(*on.get("a"), "1");
    EXPECT_TRUE(on.erase("a").ok());
    EXPECT_EQ(on.take("k", by)->granted, 1);
    EXPECT_TRUE(on.add("s", "m", std::chrono::system_clock::now() + 60s).ok());
    EXPECT_TRUE(on.add("s", "m").ok());
    EXPECT_EQ(on.members("s").size(), 1u);
    EXPECT_TRUE(on.remove("s", "m").ok());
}

TEST_F(redis_sign_in, keeps_to_its_database) {
    test::redis_server server;
    auto settings = settings_for(server.port());
    settings.redis->database = 7;
    on.open(settings);
    ASSERT_TRUE(on.becomes_available());
    ASSERT_TRUE(on.put("a", "1").ok());
    test::redis_client redis(server.port());
    EXPECT_EQ(redis.ask({"GET", "thalamus:a"}).type, '0');
    redis.ask({"SELECT", "7"});
    EXPECT_EQ(redis.ask({"GET", "thalamus:a"}).text, "1");
}

TEST_F(redis_sign_in, says_what_to_correct_when_it_may_not_sign_in) {
    struct wrong {
        std::vector<std::string> set_up;
        std::string user, password;
        unsigned database;
        std::string advice;
    };
    const std::vector<std::string> with_password{"CONFIG", "SET", "requirepass", "right"};
    for (const auto& [set_up, user, password, database, advice] :
         {wrong{with_password, "", "wrong", 0, "user or password in store.redis"},
          wrong{with_password, "", "", 0, "requires a password"},
          wrong{{"PING"}, "", "needless", 0, "has no password"},
          wrong{{"PING"}, "nobody", "x", 0, "user or password in store.redis"},
          wrong{{"PING"}, "", "", 99, "database in store.redis"},
          wrong{{"ACL", "SETUSER", "u", "on", ">p", "~*", "+ping"},
                "u",
                "p",
                0,
                "lacks a permission"}}) {
        test::redis_server server;
        server.ask(set_up);
        auto settings = settings_for(server.port());
        settings.redis->user = user;
        settings.redis->password = password;
        settings.redis->database = database;
        const auto line = "error redis 127.0.0.1:" + std::to_string(server.port());
        std::string log;
        // Such a line comes once a second at most.
        for (const test::deadline end = 5s; log.find(line) == log.npos && !end.passed();) {
            ::testing::internal::CaptureStderr();
            observe::start_program_log(observe::log_level::info);
            on.open(settings);
            EXPECT_FALSE(on.becomes_available(true, 100ms)) << advice;
            EXPECT_EQ(on.get("a").failed(), failure::unavailable);
            on.close();
            observe::start_program_log(observe::log_level::off);
            log = ::testing::internal::GetCapturedStderr();
        }
        EXPECT_NE(log.find(line), log.npos) << advice;
        EXPECT_NE(log.find(advice), log.npos) << log;
    }
}

} // namespace
} // namespace thalamus::store::redis_sign_in_test
