// Whether links are cut as real ones are: silently, for connections old and new, and only those.

#include "tests/failures/network.hpp"
#include "tests/support/process.hpp"

#include <csignal>
#include <gtest/gtest.h>

namespace thalamus::test::network_test {
namespace {

TEST(network, cuts_and_heals_a_link) {
    if (auto why = network::unavailable(); !why.empty()) GTEST_SKIP() << why;
    std::string left;
    {
        network net({"a", "b", "c"});
        process server(net.on("a", {"redis-server", "--bind", net.address("a"), "--save", "",
                                    "--protected-mode", "no"}));
        auto ping = [&](const std::string& from) {
            return run(net.on(from, {"timeout", "1", "redis-cli", "-h", net.address("a"), "PING"}));
        };
        ASSERT_TRUE(eventually([&] { return ping("b").out == "PONG\n"; }));
        net.cut("a", "b");
        auto cut = ping("b");
        EXPECT_EQ(cut.exit, 124) << cut.out << cut.error; // nothing came, not even a refusal
        EXPECT_EQ(ping("c").out, "PONG\n");
        net.heal("a", "b");
        EXPECT_EQ(ping("b").out, "PONG\n");
        left = net.on("a", {}).back();
        EXPECT_NE(run({"ip", "netns", "list"}).out.find(left), std::string::npos);
    }
    EXPECT_EQ(run({"ip", "netns", "list"}).out.find(left), std::string::npos);
}

TEST(network, removes_what_a_killed_run_has_left) {
    if (auto why = network::unavailable(); !why.empty()) GTEST_SKIP() << why;
    process gone({"true"});
    ASSERT_TRUE(gone.wait_exit(5s));
    const auto left = "thalamus-failures-" + std::to_string(gone.pid()) + "-1-node";
    ASSERT_EQ(run({"ip", "netns", "add", left}).exit, 0);
    process running({"ip", "netns", "exec", left, "sleep", "60"});
    ASSERT_TRUE(eventually([&] { return !run({"ip", "netns", "pids", left}).out.empty(); }));
    network another({"a"});
    EXPECT_EQ(running.wait_exit(5s), 128 + SIGKILL);
    EXPECT_EQ(run({"ip", "netns", "list"}).out.find(left), std::string::npos);
}

} // namespace
} // namespace thalamus::test::network_test
