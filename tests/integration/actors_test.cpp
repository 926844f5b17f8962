// One actor dies under load: it costs its own exchanges a 503 and nothing else. Uses the program
// with test hooks.

#include "tests/support/auth_setup.hpp"
#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::test::actors_test {
namespace {

/// A gateway in whose only route every kind of actor has a part.
class killed_actor : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override { options.binary = thalamus_test_binary(); }
    int kill(const gateway& gateway, unsigned reactor) {
        nlohmann::json call{{"actor", GetParam()}, {"reactor", reactor}};
        return gateway.admin("POST", "/test/kill", {}, call.dump()).status;
    }
    /// A new rate limiter must hear first from where it may grant: a moment with 429 or 503 for
    /// all.
    static bool is_limiter() { return GetParam() == std::string("rate_limiter"); }
    bool serves(const gateway& gateway) {
        const auto good = [&] { return gateway.get("/", {credential}).status == 200; };
        return is_limiter() ? eventually(good, 1s) : good();
    }
    plain_gateway start(const recording_target& target) {
        return plain_gateway(target, sections, "", ", auth: keys, rate_limit: many", options);
    }

    const std::string sections = std::string(auth_setup::consumers) +
                                 "auth: {keys: {api_key: {from: [\"header:X-Api-Key\"]}}}\n"
                                 "rate_limits: {many: {key: consumer, rate: 1000000/s}}";
    const field credential = auth_setup::secret1();
    gateway_options options;
};

/// Clients that ask without pause, each on its own connection, and count what they get.
class load {
public:
    static constexpr int clients = 8;

    load(std::uint16_t port, std::vector<field> fields) : fields_(std::move(fields)) {
        for (int i = 0; i < clients; ++i) threads_.emplace_back([this, port] { run(port); });
    }
    ~load() { stop(); }
    void stop() {
        stop_ = true;
        for (auto& thread : threads_)
            if (thread.joinable()) thread.join();
    }
    std::atomic<int> good = 0, refused = 0, limited = 0, unavailable = 0, broken = 0, other = 0;

private:
    void run(std::uint16_t port) {
        auto client = std::make_unique<raw_client>(port);
        while (!stop_) {
            try {
                auto answer = client->ask("POST", "/", fields_, "body");
                ++(answer.status == 200   ? good
                   : answer.status == 401 ? refused
                   : answer.status == 429 ? limited
                   : answer.status == 503 ? unavailable
                                          : other);
                if (!answer.says_close()) continue;
            } catch (const test_error&) {
                ++broken;
            }
            client = std::make_unique<raw_client>(port);
        }
    }
    const std::vector<field> fields_;
    std::atomic<bool> stop_ = false;
    std::vector<std::thread> threads_;
};

TEST_P(killed_actor, costs_only_its_own_exchanges) {
    recording_target target;
    auto gateway = start(target);
    load load(gateway.port(), {credential});
    auto served = [&](int more) {
        auto from = load.good.load();
        return eventually([&] { return load.good >= from + more; }, 1s);
    };
    ASSERT_TRUE(eventually([&] { return load.good > 100; }));
    int kills = 0;
    for (int round = 0; round < 5; ++round)
        for (unsigned reactor : {0u, 1u}) {
            kills += kill(gateway, reactor) == 200;
            EXPECT_TRUE(served(50)) << "recovered within a second";
            EXPECT_TRUE(serves(gateway));
        }
    load.stop();
    EXPECT_GT(kills, 0);
    EXPECT_EQ(load.other + load.refused, 0);
    if (!is_limiter()) {
        EXPECT_EQ(load.limited, 0);
        EXPECT_LE(load.unavailable + load.broken, kills * load::clients);
    }
    if (GetParam() != std::string("connection")) {
        EXPECT_EQ(load.broken, 0) << "503 and no broken connection";
    } else {
        EXPECT_LE(load.unavailable + load.broken, kills);
    }
    EXPECT_EQ(gateway.admin("GET", "/ready").status, 200);
    EXPECT_TRUE(eventually([&] { return gateway.metric("thalamus_exchanges_in_flight") == 0; }));
    EXPECT_TRUE(gateway.program().running());
}

TEST_P(killed_actor, leaves_no_client_hanging) {
    gate go;
    recording_target target([&](target_exchange& x) {
        x.read_body();
        if (x.head.target == "/slow") x.wait(go);
        x.answer(200);
    });
    auto gateway = start(target);
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 8; ++i)
        clients.emplace_back(std::make_unique<raw_client>(gateway.port()))
            ->send(request_text("GET", "/slow", {credential}));
    ASSERT_TRUE(target.wait_for_requests(8));
    int kills = 0;
    for (unsigned reactor : {0u, 1u}) kills += kill(gateway, reactor) == 200;
    EXPECT_GT(kills, 0);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(serves(gateway));
    go.open();
    int lost = 0;
    for (auto& client : clients) {
        try {
            auto status = client->read("GET", 5s).status;
            EXPECT_TRUE(status == 200 || status == 503) << status;
            lost += status != 200;
        } catch (const connection_lost&) {
            ++lost;
        } // a timed_out ends the test: nobody may hang
    }
    if (GetParam() == std::string("connection")) {
        EXPECT_LE(lost, kills);
    } else if (GetParam() != std::string("upstream")) {
        EXPECT_EQ(lost, 0) << "it held none of them any more";
    }
}

/// Row 18 of the security list.
TEST_P(killed_actor, lets_nobody_pass_without_a_credential) {
    recording_target target;
    auto gateway = start(target);
    load known(gateway.port(), {credential}), strangers(gateway.port(), {{"X-Api-Key", "wrong"}});
    ASSERT_TRUE(eventually([&] { return known.good > 50 && strangers.refused > 50; }));
    int kills = 0;
    for (int round = 0; round < 5; ++round)
        for (unsigned reactor : {0u, 1u}) {
            kills += kill(gateway, reactor) == 200;
            const int good = known.good, refused = strangers.refused;
            EXPECT_TRUE(eventually(
                [&] { return known.good >= good + 20 && strangers.refused >= refused + 20; }));
        }
    known.stop();
    strangers.stop();
    EXPECT_GT(kills, 0);
    EXPECT_EQ(strangers.good + strangers.other, 0);
    for (const auto& seen : target.requests()) EXPECT_EQ(seen.joined("X-Consumer-Id"), "acme");
}

INSTANTIATE_TEST_SUITE_P(actors, killed_actor,
                         testing::Values("router", "authenticator", "rate_limiter", "upstream",
                                         "connection"),
                         [](const auto& info) { return std::string(info.param); });

} // namespace
} // namespace thalamus::test::actors_test
