// What happens to whole processes: frozen, killed, ended.

#include "cluster/node_messages.hpp"
#include "tests/cluster/running_node.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

#include <csignal>

namespace thalamus::cluster::test::process_test {
namespace {

using thalamus::test::process;
using thalamus::test::stopwatch;

const auto no_signal = std::signal(SIGPIPE, SIG_IGN); // as the program does

/// cluster/lone_node.cpp; its times are those of running_node.
struct lone_node {
    lone_node(const std::string& name, const std::string& directory, std::uint16_t seed)
        : program({thalamus::test::program_path("cluster-test-node").string(), name, directory,
                   std::to_string(seed)}) {}
    std::string last_line() const {
        const auto text = program.standard_output();
        const auto end = text.rfind('\n');
        if (end == std::string::npos || end == 0) return {};
        const auto begin = text.rfind('\n', end - 1);
        return text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin - 1);
    }
    process program;
};

class processes : public testing::Test {
protected:
    certificates made_{{"a", "b", "c", "x"}};
    running_node a_{"a", {}, made_.of("a")};
    running_node b_{"b", {a_.port()}, made_.of("b")};
    lone_node x_{"x", made_ / "", a_.port()};
    processes() { EXPECT_TRUE(a_.sees(3) && b_.sees(3)); }

    static constexpr auto suspect_after = 500ms, dead_after = 1500ms, heartbeat = 100ms;
    bool both_see(member_state state, deadline until) {
        return eventually([&] { return a_.state_of("x") == state && b_.state_of("x") == state; },
                          until);
    }
};

TEST_F(processes, a_frozen_one_is_suspected_and_dead_in_time_and_returns_by_itself) {
    ASSERT_TRUE(eventually([&] { return x_.last_line() == "a=alive b=alive x=alive "; }));
    const stopwatch frozen;
    x_.program.signal(SIGSTOP);
    EXPECT_TRUE(both_see(member_state::suspect, suspect_after + 3 * heartbeat));
    EXPECT_GE(frozen.elapsed(), suspect_after - heartbeat);
    EXPECT_TRUE(both_see(member_state::dead, dead_after));
    EXPECT_LE(frozen.elapsed(), dead_after + 3 * heartbeat);
    EXPECT_GE(frozen.elapsed(), dead_after - heartbeat);
    x_.program.signal(SIGCONT);
    EXPECT_TRUE(both_see(member_state::alive, 3s));
    EXPECT_TRUE(eventually([&] { return x_.last_line() == "a=alive b=alive x=alive "; }));
    EXPECT_TRUE(a_.linked_with(2) && b_.linked_with(2));
    EXPECT_EQ(x_.program.standard_output().find("=dead"), std::string::npos); // it accuses nobody
}

TEST_F(processes, what_is_published_to_a_frozen_one_does_not_pile_up) {
    x_.program.signal(SIGSTOP);
    EXPECT_TRUE(both_see(member_state::suspect, 2s));
    const std::uint64_t before = a_->counters().bytes_sent;
    for (int i = 0; i < 200; ++i)
        caf::anon_send(a_->actor(), publish_entry{1, std::string(50000, 'x')});
    EXPECT_TRUE(eventually([&] { return a_->counters().bytes_sent > before + 200 * 50000; }));
    EXPECT_LT(a_->counters().bytes_sent, before + 300 * 50000); // to b only
    x_.program.signal(SIGCONT);
    EXPECT_TRUE(both_see(member_state::alive, 3s));
}

TEST_F(processes, a_killed_one_is_dead_in_time_and_one_of_its_name_may_come_at_once) {
    x_.program.signal(SIGKILL);
    EXPECT_TRUE(both_see(member_state::dead, dead_after + 3 * heartbeat));
    lone_node again("x", made_ / "", a_.port());
    EXPECT_TRUE(a_.sees(3) && b_.sees(3));
    again.program.signal(SIGKILL);
    lone_node at_once("x", made_ / "", a_.port());
    EXPECT_TRUE(eventually([&] { return at_once.last_line() == "a=alive b=alive x=alive "; }));
    EXPECT_EQ(a_->counters().links_refused, 0u);
}

TEST_F(processes, one_that_is_told_to_end_leaves) {
    x_.program.signal(SIGTERM);
    EXPECT_TRUE(a_.sees(2, 400ms) && b_.sees(2, 400ms)); // before it could be suspected
    EXPECT_EQ(x_.program.wait_exit(10s), 0) << x_.program.standard_error();
}

} // namespace
} // namespace thalamus::cluster::test::process_test
