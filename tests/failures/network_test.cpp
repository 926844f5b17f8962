// Whether links are cut as real ones are: silently, for connections old and new, and only those.

#include "tests/failures/network.hpp"
#include "tests/support/process.hpp"

#include <gtest/gtest.h>

namespace thalamus::test {
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

} // namespace
} // namespace thalamus::test
