// The load itself: it keeps its rate, and names what happens to its requests.

#include "tests/failures/load.hpp"
#include "tests/support/gateway.hpp"

#include <algorithm>
#include <csignal>
#include <gtest/gtest.h>

namespace thalamus::test::load_test {
namespace {

constexpr const char* configuration =
    "routes:\n"
    "  - {id: ok, match: {path: /ok}, respond: {text: ok}}\n"
    "  - {id: bad, match: {path: /bad}, respond: {status: 503, text: bad}}\n";

std::size_t count(const std::vector<exchange>& all,
                  const std::function<bool(const exchange&)>& fits) {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), fits));
}

TEST(load, keeps_its_rate_and_sees_statuses) {
    gateway one(configuration);
    load under({"127.0.0.1"}, one.port(), {{"ok", "/ok", "", 400}, {"bad", "/bad", "", 100}});
    std::this_thread::sleep_for(2s);
    auto all = under.stop();
    EXPECT_NEAR(static_cast<double>(count(all, [](auto& x) { return x.stream == 0; })), 800, 80);
    EXPECT_NEAR(static_cast<double>(count(all, [](auto& x) { return x.stream == 1; })), 200, 20);
    for (auto& x : all) {
        ASSERT_EQ(x.how, ending::answered);
        ASSERT_EQ(x.status, x.stream == 0 ? 200 : 503);
        ASSERT_EQ(x.failed(), x.stream == 1);
        ASSERT_LT(x.sent, x.received);
    }
}

/// Two loopback addresses of one port: a gateway at the first, nobody at the second.
TEST(load, goes_on_to_the_next_address_where_one_refuses) {
    gateway one(configuration);
    load under({"127.0.0.1", "127.0.0.2"}, one.port(), {{"ok", "/ok", "", 200}});
    std::this_thread::sleep_for(1500ms);
    auto all = under.stop();
    EXPECT_NEAR(static_cast<double>(count(all, [](auto& x) { return x.status == 200; })), 300, 40);
    auto refused = count(all, [](auto& x) { return x.how == ending::refused; });
    EXPECT_GE(refused, 3u); // tried again whenever it had been set aside for long enough
    EXPECT_LE(refused, 20u);
    EXPECT_EQ(count(all, [](auto& x) { return x.how == ending::refused && x.node != 1; }), 0u);
}

TEST(load, tells_a_frozen_and_a_killed_node_apart) {
    gateway one(configuration);
    load under({"127.0.0.1"}, one.port(), {{"ok", "/ok", "", 100}});
    std::this_thread::sleep_for(500ms);
    one.program().signal(SIGSTOP);
    std::this_thread::sleep_for(1500ms);
    const auto killed = now();
    one.program().signal(SIGKILL);
    std::this_thread::sleep_for(500ms);
    auto all = under.stop();
    EXPECT_GE(count(all, [](auto& x) { return x.status == 200; }), 40u);
    EXPECT_GE(count(all, [](auto& x) { return x.how == ending::timeout; }), 40u);
    EXPECT_GE(count(all, [&](auto& x) { return x.how == ending::refused && x.sent > killed; }),
              20u);
    for (auto& x : all)
        if (x.how == ending::timeout) {
            EXPECT_NEAR(static_cast<double>(x.received - x.sent), 1e6, 100'000);
        }
}

} // namespace
} // namespace thalamus::test::load_test
