#include "policies/limits/limit_mode.hpp"
#include "tests/policies/limits/world.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

namespace thalamus::limits::test::limit_mode_test {
namespace {

using mode = limit_mode::mode;
constexpr auto hold_off = 500ms;

limit_mode::knowledge cluster_of_three(bool own, bool second, bool third) {
    limit_mode::knowledge k;
    k.has_store = own;
    k.clustered = true;
    k.place = {1, 3};
    k.alive = {{"b", second, false}, {"c", third, false}};
    return k;
}

class limit_mode_machine : public ::testing::Test {
protected:
    mode update(const limit_mode::knowledge& k) { return node_.update(k, now_).mode; }
    void settle_in() {
        update(cluster_of_three(true, true, true));
        now_ += 1s;
        ASSERT_EQ(update(cluster_of_three(true, true, true)), mode::store);
    }
    limit_mode node_{hold_off};
    time_point now_ = time_point(1h);
};

TEST_F(limit_mode_machine, goes_through_a_peer_that_has_the_store) {
    settle_in();
    EXPECT_EQ(update(cluster_of_three(false, false, true)), mode::peer);
    EXPECT_EQ(node_.current().peer, "c");
}

TEST_F(limit_mode_machine, shares_only_when_every_node_alive_has_lost_the_store) {
    settle_in();
    EXPECT_EQ(update(cluster_of_three(false, false, false)), mode::share);
    EXPECT_EQ(node_.current().place, (part{1, 3}));
    EXPECT_TRUE(node_.has_debt());
}

TEST_F(limit_mode_machine, grants_nothing_without_a_majority) {
    settle_in();
    auto k = cluster_of_three(false, false, false);
    k.alive.clear();
    k.majority = false;
    EXPECT_EQ(update(k), mode::no_quorum);
    EXPECT_FALSE(node_.has_debt());
}

TEST_F(limit_mode_machine, reconciles_before_it_uses_the_store_again_and_waits_for_the_others) {
    settle_in();
    update(cluster_of_three(false, false, false));
    auto k = cluster_of_three(true, false, false);
    k.alive[0].has_debt = true;
    EXPECT_EQ(update(k), mode::reconciling);
    node_.on_reconciled();
    EXPECT_FALSE(node_.has_debt());
    EXPECT_EQ(update(k), mode::waiting);
    now_ += 1s;
    EXPECT_EQ(update(k), mode::waiting);
    k.alive[0].has_debt = false;
    EXPECT_EQ(update(k), mode::store);
}

TEST_F(limit_mode_machine, reconciles_through_a_peer_if_only_the_peer_has_the_store) {
    settle_in();
    update(cluster_of_three(false, false, false));
    EXPECT_EQ(update(cluster_of_three(false, false, true)), mode::reconciling);
    EXPECT_EQ(node_.current().peer, "c");
}

TEST_F(limit_mode_machine, holds_off_after_its_store_has_come_back) {
    settle_in();
    update(cluster_of_three(false, false, true));
    EXPECT_EQ(update(cluster_of_three(true, false, true)), mode::peer);
    EXPECT_EQ(node_.look_again(), now_ + hold_off);
    now_ += hold_off;
    EXPECT_EQ(update(cluster_of_three(true, false, true)), mode::store);
}

TEST_F(limit_mode_machine, alone_has_the_whole_rule) {
    limit_mode::knowledge k;
    limit_mode node{0ms};
    EXPECT_EQ(node.update(k, now_).mode, mode::share);
    EXPECT_EQ(node.current().place, (part{0, 1}));
    k.has_store = true;
    EXPECT_EQ(node.update(k, now_).mode, mode::reconciling);
    node.on_reconciled();
    EXPECT_EQ(node.update(k, now_).mode, mode::store);
}

TEST_F(limit_mode_machine, a_newcomer_waits_until_the_others_count_it) {
    auto k = cluster_of_three(false, false, false);
    k.introduced = false;
    EXPECT_EQ(update(k), mode::waiting);
}

/// Nodes whose stores come and go, and who hear of each other a while later: at no moment does one
/// take from the store while another grants from its share, or owes for it.
TEST(limit_mode_protocol, never_mixes_the_store_and_fallback_quotas) {
    for (std::uint64_t seed = 0; seed < thalamus::test::seeded_runs(2000); ++seed) {
        std::mt19937_64 random(seed);
        events world;
        struct one {
            limit_mode machine{hold_off};
            bool has_store = true;
            std::map<int, std::pair<bool, bool>> heard; // has_store, shares
        };
        const int count = 2 + static_cast<int>(random() % 4);
        std::vector<one> nodes(static_cast<std::size_t>(count));
        std::int64_t granting = 0;
        std::function<void(int)> update, tell;
        tell = [&](int who) {
            const std::pair said{nodes[who].has_store, nodes[who].machine.has_debt()};
            for (int to = 0; to < count; ++to) {
                if (to == who) continue;
                // In their order: a link keeps it.
                world.after(1000 + static_cast<std::int64_t>(random() % 200), [&, to, who, said] {
                    nodes[to].heard[who] = said;
                    update(to);
                });
            }
        };
        update = [&](int who) {
            auto& n = nodes[who];
            limit_mode::knowledge k;
            k.clustered = true;
            k.has_store = n.has_store;
            k.place = {static_cast<unsigned>(who), static_cast<unsigned>(count)};
            for (const auto& [other, said] : n.heard)
                k.alive.push_back({std::to_string(other), said.first, said.second});
            k.introduced = n.heard.size() + 1 == nodes.size();
            const bool shared = n.machine.has_debt();
            const auto how = n.machine.update(k, world.clock()).mode;
            if (n.machine.has_debt() != shared) tell(who);
            if (how == mode::reconciling)
                world.after(500, [&, who] {
                    if (nodes[who].machine.current().mode != mode::reconciling) return;
                    nodes[who].machine.on_reconciled();
                    tell(who);
                    update(who);
                });
            const auto again = n.machine.look_again();
            if (again != time_point::max())
                world.after((again - world.clock()) / 1us, [&, who] { update(who); });
            int from_store = 0, from_share = 0;
            for (const auto& other : nodes) {
                from_store += other.machine.current().mode == mode::store;
                from_share += other.machine.has_debt();
            }
            granting += from_store + from_share;
            ASSERT_FALSE(from_store > 0 && from_share > 0) << "seed " << seed;
        };
        for (int i = 0; i < count; ++i)
            world.after(i, [&, i] {
                tell(i);
                update(i);
            });
        for (int change = 0; change < 40; ++change)
            world.after(1'000'000 + static_cast<std::int64_t>(random() % 20'000'000), [&] {
                const int who = static_cast<int>(random() % static_cast<unsigned>(count));
                const bool all = random() % 2;
                const bool now = random() % 2;
                for (int i = 0; i < count; ++i)
                    if (all || i == who) {
                        // Each notices in its own time.
                        world.after(static_cast<std::int64_t>(random() % 300'000), [&, i, now] {
                            nodes[i].has_store = now;
                            tell(i);
                            update(i);
                        });
                    }
            });
        world.run_until(world.now + 30'000'000);
        if (::testing::Test::HasFatalFailure()) return;
        ASSERT_GT(granting, 0);
    }
}

} // namespace
} // namespace thalamus::limits::test::limit_mode_test
