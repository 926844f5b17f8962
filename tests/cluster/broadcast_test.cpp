// Broadcast by simulation, and its bounds by hand.

#include "tests/cluster/simulation.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

namespace thalamus::cluster::test::broadcast_test {
namespace {

/// What was delivered of an origin rises and ends where the origin is.
void expect_complete(simulation& s, bool without_gaps) {
    for (unsigned origin = 0; origin < s.nodes.size(); ++origin) {
        auto& from = s.nodes[origin];
        if (!from.up || from.published == 0) continue;
        const auto me = from.members->own_hello();
        for (unsigned i = 0; i < s.nodes.size(); ++i) {
            if (i == origin || !s.nodes[i].up) continue;
            const auto& got = s.nodes[i].delivered[{me.name, me.incarnation}];
            ASSERT_FALSE(got.empty()) << me.name << " at " << i;
            EXPECT_EQ(got.back(), from.published) << me.name << " at " << i;
            for (std::size_t k = 1; k < got.size(); ++k)
                if (without_gaps) {
                    EXPECT_EQ(got[k], got[k - 1] + 1);
                } else {
                    EXPECT_GT(got[k], got[k - 1]);
                }
            if (without_gaps) {
                EXPECT_EQ(got.front(), 1u);
            }
        }
    }
}

TEST(broadcast, everyone_gets_everything_once_and_in_order_though_messages_are_lost) {
    for (std::uint64_t seed = 1; seed <= thalamus::test::seeded_runs(300); ++seed) {
        SCOPED_TRACE(seed);
        simulation s(seed, {.nodes = 2 + static_cast<unsigned>(seed % 6), .loss = 0.2});
        s.run_for(3s);
        for (int i = 0; i < 60; ++i) {
            s.publish(static_cast<unsigned>(s.random() % s.nodes.size()));
            s.run_for(milliseconds{s.random() % 100});
        }
        s.run_for(20s);
        expect_complete(s, true);
        if (HasFailure()) return;
    }
}

TEST(broadcast, a_node_that_was_away_catches_up_or_gets_a_reset) {
    for (std::uint64_t seed = 1; seed <= thalamus::test::seeded_runs(300); ++seed) {
        SCOPED_TRACE(seed);
        simulation s(seed, {.nodes = 3 + static_cast<unsigned>(seed % 5)});
        const bool too_much = seed % 2 == 0; // more than is kept
        s.run_for(3s);
        const auto away = static_cast<unsigned>(s.random() % s.nodes.size());
        if (seed % 3 == 0) s.freeze(away);
        for (unsigned i = 0; i < s.nodes.size(); ++i) {
            s.cut(away, i);
            s.cut(i, away);
        }
        const auto origin = (away + 1) % static_cast<unsigned>(s.nodes.size());
        for (unsigned i = 0; i < (too_much ? 200u : 50u); ++i) {
            s.publish(origin);
            s.run_for(50ms);
        }
        s.thaw(away);
        s.heal();
        s.run_for(2s);
        expect_complete(s, !too_much);
        EXPECT_EQ(s.nodes[away].resets, too_much ? 1u : 0u);
        if (HasFailure()) return;
    }
}

TEST(broadcast, entries_come_through_others_when_the_origin_cannot_send) {
    for (std::uint64_t seed = 1; seed <= thalamus::test::seeded_runs(100); ++seed) {
        SCOPED_TRACE(seed);
        simulation s(seed, {.nodes = 4, .all_seeds = true});
        s.run_for(3s);
        s.cut(0, 1);
        for (int i = 0; i < 20; ++i) s.publish(0);
        s.run_for(2s);
        const auto& got =
            s.nodes[1].delivered[{s.name_of(0), s.nodes[0].members->own_hello().incarnation}];
        EXPECT_EQ(got.size(), 20u);
        s.stop(0, false);
        s.run_for(1s);
        s.start(3, s.name_of(3)); // a new one learns what the dead one said
        s.run_for(3s);
        EXPECT_EQ(s.nodes[3].delivered.size(), 1u);
        if (HasFailure()) return;
    }
}

TEST(broadcast, complete_after_any_mixture_of_faults) {
    for (std::uint64_t seed = 1; seed <= thalamus::test::seeded_runs(1000); ++seed) {
        SCOPED_TRACE(seed);
        simulation s(seed, {.nodes = 2 + static_cast<unsigned>(seed % 7),
                            .most_delay = milliseconds{1 + seed % 200},
                            .loss = seed % 3 == 0 ? 0.1 : 0});
        const auto any = [&] { return static_cast<unsigned>(s.random() % s.nodes.size()); };
        s.run_for(3s);
        for (int step = 0; step < 100; ++step) {
            const auto i = any(), j = any();
            switch (s.random() % 12) {
            case 0:
                if (s.nodes[i].up) s.freeze(i);
                break;
            case 1:
                if (s.nodes[i].up && s.nodes[i].frozen) s.thaw(i);
                break;
            case 2: s.cut(i, j); break;
            case 3: s.heal(); break;
            case 4:
                if (s.nodes[i].up && !s.nodes[i].frozen) s.stop(i, s.random() % 2 == 0);
                break;
            case 5:
                if (!s.nodes[i].up) s.start(i, s.name_of(i));
                break;
            default: s.publish(i); break;
            }
            s.run_for(milliseconds{s.random() % 500});
        }
        s.heal();
        for (unsigned i = 0; i < s.nodes.size(); ++i) {
            if (s.nodes[i].up && s.nodes[i].frozen) s.thaw(i);
            if (!s.nodes[i].up) s.start(i, s.name_of(i));
        }
        s.run_for(15s);
        EXPECT_TRUE(s.all_alive());
        expect_complete(s, false);
        if (HasFailure()) return;
    }
}

struct pair_of_logs {
    std::vector<std::string> got;
    std::vector<std::optional<std::string>> resets;
    broadcast from{
        "a", 1, std::span(&test_topic, 1), 1s, {{}, {}, [](auto) { return std::nullopt; }}};
    broadcast to{"b",
                 1,
                 std::span(&test_topic, 1),
                 1s,
                 {[this](auto, const auto&, auto payload) { got.emplace_back(payload); },
                  [this](auto, const auto&, const auto& s) { resets.push_back(s); },
                  [](auto) { return std::nullopt; }}};
    pair_of_logs() {
        view v;
        v.self = "b";
        v.members.push_back({"a", "x", 1});
        to.set_members(v);
    }
};

TEST(broadcast, keeps_no_more_than_its_bounds) {
    pair_of_logs p;
    for (int i = 0; i < 10000; ++i) p.from.publish(test_topic.number, std::string(100, 'x'));
    const auto kept =
        p.from.reply_to({test_topic.number, "a", 1, 10000 - test_topic.keep_bytes / 100});
    EXPECT_EQ(std::get<log_entries>(*kept).payloads.size(), test_topic.keep_bytes / 100);
}

TEST(broadcast, a_late_node_gets_the_stored_entries_of_a_topic_without_a_snapshot) {
    pair_of_logs p;
    const auto sent = test_topic.keep_entries + 10;
    for (std::size_t i = 1; i <= sent; ++i) p.from.publish(test_topic.number, std::to_string(i));
    time_point now{1h};
    for (int turn = 0; turn < 10; ++turn, now += 5s)
        for (const auto& want : p.to.missing(p.from.positions(), now)) {
            const auto reply = p.from.reply_to(want);
            ASSERT_TRUE(reply);
            if (const auto* reset = std::get_if<log_reset>(&*reply)) p.to.receive(*reset);
            else p.to.receive(std::get<log_entries>(*reply), now);
        }
    ASSERT_EQ(p.got.size(), test_topic.keep_entries);
    EXPECT_EQ(p.got.front(), "11");
    EXPECT_EQ(p.got.back(), std::to_string(sent));
}

TEST(broadcast, a_snapshot_that_is_too_long_is_left_out) {
    std::size_t size = 0;
    broadcast from("a", 1, std::span(&test_topic, 1), 1s,
                   {[](auto, const auto&, auto) {}, [](auto, const auto&, const auto&) {},
                    [&](auto) { return std::optional(std::string(size, 'x')); }});
    for (std::size_t i = 0; i <= test_topic.keep_entries; ++i) from.publish(test_topic.number, "x");
    const auto ask = [&](std::size_t bytes) {
        size = bytes;
        return std::get<log_reset>(*from.reply_to({test_topic.number, "a", 1, 0}));
    };
    EXPECT_EQ(ask(longest_snapshot).snapshot->size(), longest_snapshot);
    EXPECT_EQ(ask(longest_snapshot).sequence, test_topic.keep_entries + 1);
    EXPECT_FALSE(ask(longest_snapshot + 1).snapshot);
    EXPECT_EQ(ask(longest_snapshot + 1).sequence, 1u) << "what is kept follows";
}

TEST(broadcast, refuses_what_is_too_long_and_topics_that_it_does_not_have) {
    pair_of_logs p;
    EXPECT_FALSE(p.from.publish(test_topic.number, std::string(longest_payload + 1, 'x')));
    EXPECT_FALSE(p.from.publish(99, "x"));
    p.to.receive(log_entries{99, "a", 1, 1, {"x"}, false}, {});
    EXPECT_TRUE(p.got.empty());
}

TEST(broadcast, drops_duplicates_unknown_origins_and_entries_of_another_life) {
    pair_of_logs p;
    const log_entries one{test_topic.number, "a", 1, 1, {"x"}, false};
    p.to.receive(one, {});
    p.to.receive(one, {});
    p.to.receive(log_entries{test_topic.number, "c", 1, 1, {"y"}, false}, {});
    p.to.receive(log_entries{test_topic.number, "a", 2, 1, {"z"}, false}, {});
    p.to.receive(log_entries{test_topic.number, "b", 1, 1, {"mine"}, false}, {});
    EXPECT_EQ(p.got, std::vector<std::string>{"x"});
}

TEST(broadcast, requests_missing_entries_from_one_peer_at_a_time_and_from_another_without_a_reply) {
    pair_of_logs p;
    const time_point now{1h};
    const std::vector<log_position> theirs{{test_topic.number, "a", 1, 5}};
    EXPECT_EQ(p.to.missing(theirs, now).size(), 1u);
    EXPECT_EQ(p.to.missing(theirs, now + 500ms).size(), 0u);
    EXPECT_EQ(p.to.missing(theirs, now + 1s).size(), 1u);
}

} // namespace
} // namespace thalamus::cluster::test::broadcast_test
