// Who may pass, on three nodes: keys that rotate, an issuer that is down, revocation, API keys.

#include "tests/support/cluster_nodes.hpp"
#include "tests/support/identity_provider.hpp"
#include "tests/support/recording_target.hpp"
#include "tests/support/redis_server.hpp"

#include <atomic>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace thalamus::test::auth_cluster_test {
namespace {

using nlohmann::json;

class auth_on_three_nodes : public cluster_nodes {
protected:
    std::string config(const std::string& settings = "") {
        values_["app"] = app.address();
        values_["issuer"] = idp.issuer();
        return R"(
consumers: [{name: acme, groups: [partners]}]
auth:
  idp: {jwt: {issuer: "@issuer@", audience: [api], algorithms: [RS256, ES256, EdDSA], jwks: {url: "@issuer@/jwks.json")" +
               settings + R"(}}}
  keys: {api_key: {}}
services: {app: {targets: ["http://@app@"]}}
routes: [{id: closed, match: {path: /closed}, auth: [idp, keys], service: app}]
)";
    }
    std::string token(const json& more = json::object()) {
        json wanted{{"sub", "alice"}, {"aud", "api"}, {"alg", "ES256"}};
        wanted.update(more);
        return idp.token(wanted);
    }
    int status(std::size_t by, const std::string& token) {
        return node(by).get("/closed", {{"Authorization", "Bearer " + token}}).status;
    }
    int with_key(std::size_t by, const std::string& key) {
        return node(by).get("/closed", {{"X-Api-Key", key}}).status;
    }
    bool all_say(int expected, const std::string& token, deadline until = 1s) {
        return eventually(
            [&] {
                for (std::size_t i = 0; i < 3; ++i)
                    if (status(i, token) != expected) return false;
                return true;
            },
            until, 5ms);
    }
    json revoke(std::size_t by, json what) {
        what["expires"] = std::time(nullptr) + 600;
        const auto answer = node(by).admin("POST", "/revocations", {}, what.dump());
        EXPECT_EQ(answer.status, 200) << answer.body;
        return json::parse(answer.body);
    }
    int fetches() { return idp.statistics()["jwks"].get<int>(); }
    void restart(std::size_t number, const std::string& store) {
        node(number).program().signal(SIGTERM);
        ASSERT_TRUE(node(number).program().wait_exit(10s));
        nodes_[number].reset();
        start(number, config(), store);
        ASSERT_TRUE(everyone_sees({"alive", "alive", "alive"}));
    }

    recording_target app;
    identity_provider idp;
};

TEST_F(auth_on_three_nodes, keys_are_fetched_once_for_all) {
    start_all(config());
    EXPECT_TRUE(all_say(200, token(), 5s));
    EXPECT_EQ(fetches(), 1);
}

TEST_F(auth_on_three_nodes, that_start_at_once_do_not_wait_for_each_other_to_know_more) {
    const auto common = config();
    for (std::size_t i = 0; i < 3; ++i) start(i, common, "off", false);
    const auto all_ready = [&] {
        try {
            for (std::size_t i = 0; i < 3; ++i)
                if (node(i).admin("GET", "/ready").status != 200) return false;
            return true;
        } catch (const test_error&) {
            return false; // one does not listen yet
        }
    };
    EXPECT_TRUE(eventually(all_ready, 5s));
    EXPECT_TRUE(all_say(200, token(), 5s));
}

TEST_F(auth_on_three_nodes, keys_rotate_under_load_and_no_token_is_refused) {
    start_all(config());
    ASSERT_TRUE(all_say(200, token(), 5s));
    const auto before = fetches();
    std::mutex mutex;
    std::string current = token();
    std::atomic<bool> done{false};
    std::atomic<int> passed{0}, refused{0};
    std::vector<std::thread> clients;
    for (std::size_t by = 0; by < 3; ++by)
        clients.emplace_back([&, by] {
            while (!done) {
                std::string shown;
                {
                    const std::lock_guard lock(mutex);
                    shown = current;
                }
                (status(by, shown) == 200 ? passed : refused)++;
            }
        });
    constexpr int rotations = 5;
    for (int i = 0; i < rotations; ++i) {
        idp.rotate(false);
        auto next = token();
        {
            const std::lock_guard lock(mutex);
            current = std::move(next);
        }
        const int enough = passed + 60;
        ASSERT_TRUE(eventually([&] { return passed + refused >= enough; }, 10s));
    }
    done = true;
    for (auto& client : clients) client.join();
    EXPECT_EQ(refused, 0);
    EXPECT_LE(fetches() - before, rotations);
}

TEST_F(auth_on_three_nodes, unknown_keys_cause_one_fetch_per_cooldown_of_the_whole_cluster) {
    start_all(config(", cooldown: 1h"));
    ASSERT_TRUE(all_say(200, token(), 5s));
    const auto before = fetches();
    identity_provider other({"--issuer", idp.issuer()});
    for (int i = 0; i < 20; ++i) {
        other.rotate(true);
        const auto forged = other.token({{"sub", "alice"}, {"aud", "api"}, {"alg", "ES256"}});
        for (std::size_t by = 0; by < 3; ++by) ASSERT_EQ(status(by, forged), 401);
    }
    EXPECT_LE(fetches() - before, 1);
}

TEST_F(auth_on_three_nodes, a_node_that_starts_while_the_issuer_is_down_gets_the_keys_from_others) {
    const auto common = config();
    start(0, common);
    start(1, common);
    const auto good = token();
    ASSERT_TRUE(eventually([&] { return status(0, good) == 200 && status(1, good) == 200; }, 5s));
    idp.down(true);
    start(2, common);
    EXPECT_TRUE(eventually([&] { return status(2, good) == 200; }, 5s, 20ms));
}

TEST_F(auth_on_three_nodes, what_one_revokes_all_refuse_within_a_second_and_after_restarts) {
    redis_server redis;
    const auto store = "\"redis://" + redis.address() + "\"";
    start_all(config(), store);
    const auto good = token(), gone = token({{"sub", "bob"}});
    ASSERT_TRUE(all_say(200, good, 5s));
    ASSERT_TRUE(all_say(200, gone, 5s));
    EXPECT_EQ(revoke(0, {{"sub", "bob"}})["stored"], true);
    EXPECT_TRUE(all_say(401, gone, 1s));
    for (std::size_t i = 0; i < 3; ++i) {
        restart(i, store);
        EXPECT_EQ(status(i, gone), 401) << "the first answer after its start, node " << i;
    }
    EXPECT_TRUE(all_say(200, good, 5s));
    EXPECT_TRUE(all_say(401, gone, 1s));
}

TEST_F(auth_on_three_nodes, without_redis_a_node_that_starts_lets_nobody_pass_before_it_has_asked) {
    start_all(config());
    const auto gone = token({{"sub", "bob"}});
    ASSERT_TRUE(all_say(200, gone, 5s));
    revoke(0, {{"sub", "bob"}});
    EXPECT_TRUE(all_say(401, gone, 1s));
    const auto made = json::parse(node(0).admin("POST", "/consumers/acme/keys").body);
    const auto key = made.at("key").get<std::string>();
    for (std::size_t i = 1; i < 3; ++i) {
        node(i).program().signal(SIGKILL);
        nodes_[i].reset();
        start(i, config(), "off", false); // not waiting until it is ready
        std::optional<int> first, first_with_key;
        ASSERT_TRUE(eventually([&] {
            try {
                if (!first) first = status(i, gone);
                first_with_key = with_key(i, key);
                return true;
            } catch (const test_error&) {
                return false; // it does not listen yet
            }
        }));
        EXPECT_EQ(first, 401);
        EXPECT_EQ(first_with_key, 200);
        ASSERT_TRUE(everyone_sees({"alive", "alive", "alive"}));
    }
}

TEST_F(auth_on_three_nodes, what_is_revoked_while_redis_is_down_holds_and_is_stored_later) {
    redis_server redis;
    const auto store = "\"redis://" + redis.address() + "\"";
    start_all(config(), store);
    const auto gone = token({{"sub", "bob"}});
    ASSERT_TRUE(all_say(200, gone, 5s));
    redis.kill();
    EXPECT_EQ(revoke(1, {{"sub", "bob"}})["stored"], false);
    EXPECT_TRUE(all_say(401, gone, 1s));
    for (std::size_t i = 0; i < 3; ++i) {
        restart(i, store);
        EXPECT_EQ(status(i, gone), 401) << "learned from its peers, node " << i;
    }
    redis.start();
    EXPECT_TRUE(eventually(
        [&] {
            return redis.ask({"EXISTS", "thalamus:set:revocations"}).text == "1";
        },
        10s, 50ms));
    for (std::size_t i = 0; i < 3; ++i) { // nobody is left who could tell
        node(i).program().signal(SIGKILL);
        nodes_[i].reset();
    }
    start(0, config(), store);
    EXPECT_EQ(status(0, gone), 401);
}

TEST_F(auth_on_three_nodes,
       an_api_key_made_on_one_counts_on_all_within_a_second_until_it_is_revoked) {
    redis_server redis;
    const auto store = "\"redis://" + redis.address() + "\"";
    start_all(config(), store);
    const auto made = json::parse(node(0).admin("POST", "/consumers/acme/keys").body);
    const auto key = made.at("key").get<std::string>(), id = made.at("id").get<std::string>();
    const auto all_take = [&](int expected) {
        return eventually(
            [&] {
                return with_key(0, key) == expected && with_key(1, key) == expected &&
                       with_key(2, key) == expected;
            },
            1s, 5ms);
    };
    EXPECT_TRUE(all_take(200));
    restart(1, store);
    EXPECT_EQ(with_key(1, key), 200) << "from the store";
    EXPECT_EQ(node(2).admin("DELETE", "/consumers/acme/keys/" + id).status, 200);
    EXPECT_TRUE(all_take(401));
    restart(0, store);
    EXPECT_EQ(with_key(0, key), 401);
    EXPECT_EQ(redis.ask({"EXISTS", "thalamus:set:api_keys"}).text, "0") << "nothing of it is kept";
}

TEST_F(auth_on_three_nodes, row_32_clocks_that_are_a_minute_off_change_nothing) {
    clocks_ = {-60, 0, 60};
    redis_server redis;
    identity_provider issuer({"--max-age", "100"}); // fresh for less than the clocks are apart
    auto text = config() +
                "  - {id: limited, match: {path: /limited}, rate_limit: ten, service: app}\n"
                "rate_limits: {ten: {key: route, rate: 10/h}}\n";
    text.replace(text.find("algorithms:"), 0, "leeway: 2m, ");
    text.replace(text.find("routes: ["), 9, "routes:\n  - ");
    text.replace(text.find("service: app}]"), 14, "service: app}");
    values_["issuer"] = issuer.issuer();
    start_all(text, "\"redis://" + redis.address() + "\"");
    const auto clock_of = [&](std::size_t i) {
        return node(i).get("/limited/none").get("Date").value_or("");
    };
    EXPECT_NE(clock_of(0).substr(0, 22), clock_of(2).substr(0, 22)) << "they are off";

    const auto fresh = [&] {
        return issuer.token({{"sub", "alice"}, {"aud", "api"}, {"alg", "ES256"}});
    };
    const auto fetched = [&] { return issuer.statistics()["jwks"].get<int>(); };
    const auto first = fresh();
    EXPECT_TRUE(all_say(200, first, 5s));
    EXPECT_EQ(fetched(), 1) << "what one has fetched is as fresh for all";
    issuer.rotate(false);
    EXPECT_TRUE(all_say(200, fresh(), 5s));
    EXPECT_EQ(fetched(), 2);
    EXPECT_TRUE(all_say(200, first, 1s));

    for (const std::size_t by : {0, 2}) {
        const auto gone = issuer.token({{"sub", "bob" + std::to_string(by)},
                                        {"aud", "api"},
                                        {"alg", "ES256"},
                                        {"expires_in", 300}});
        EXPECT_TRUE(all_say(200, gone, 5s));
        revoke(by,
               {{"sub", "bob" + std::to_string(by)}, {"issued_before", std::time(nullptr) + 1}});
        EXPECT_TRUE(all_say(401, gone, 1s)) << "revoked on node " << by;
        const auto made = json::parse(node(by).admin("POST", "/consumers/acme/keys").body);
        const auto key = made.at("key").get<std::string>();
        EXPECT_TRUE(eventually(
            [&] {
                return with_key(0, key) == 200 && with_key(1, key) == 200 &&
                       with_key(2, key) == 200;
            },
            1s, 5ms))
            << "made on node " << by;
        EXPECT_EQ(node(2 - by)
                      .admin("DELETE", "/consumers/acme/keys/" + made.at("id").get<std::string>())
                      .status,
                  200);
        EXPECT_TRUE(eventually(
            [&] {
                return with_key(0, key) == 401 && with_key(1, key) == 401 &&
                       with_key(2, key) == 401;
            },
            1s, 5ms))
            << "revoked on node " << 2 - by;
    }

    int granted = 0;
    for (int i = 0; i < 20; ++i)
        for (std::size_t by = 0; by < 3; ++by) granted += node(by).get("/limited").status == 200;
    EXPECT_EQ(granted, 10) << "one budget";
}

} // namespace
} // namespace thalamus::test::auth_cluster_test
