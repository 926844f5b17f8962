// The small state machines below the cluster actor: frames, calls, who is at the end of a link.

#include "cluster/dial_plan.hpp"
#include "cluster/frame.hpp"
#include "cluster/link_table.hpp"
#include "cluster/listen.hpp"

#include <gtest/gtest.h>

namespace thalamus::cluster::links_test {
namespace {

using namespace std::chrono_literals;
using time_point = std::chrono::steady_clock::time_point;

TEST(frames, are_found_however_the_bytes_come) {
    const auto bytes = to_frame("one") + to_frame(std::string(300, 'x')) + to_frame("three");
    for (std::size_t step = 1; step < bytes.size(); ++step) {
        frame_reader reader;
        std::vector<std::string> got;
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            reader.feed(std::string_view(bytes).substr(at, step));
            while (auto body = reader.next(1000)) got.emplace_back(*body);
        }
        EXPECT_EQ(got, (std::vector<std::string>{"one", std::string(300, 'x'), "three"}));
    }
}

TEST(frames, that_are_empty_or_too_long_fail_at_their_head) {
    for (const auto& head : {std::string("\0\0\0\0", 4), std::string("\0\0\4\1", 4)}) {
        frame_reader reader;
        reader.feed(head);
        EXPECT_FALSE(reader.next(1024));
        EXPECT_TRUE(reader.failed());
    }
}

net::tcp_endpoint at(std::uint16_t port) { return {boost::asio::ip::address_v4::loopback(), port}; }

TEST(dial_plan, dials_wanted_addresses_again_with_growing_pauses) {
    dial_plan plan;
    plan.want({at(1)});
    time_point now{1h};
    std::chrono::milliseconds last{0};
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(plan.due(now, {}).size(), 1u);
        EXPECT_EQ(plan.due(now, {}).size(), 0u); // under way
        plan.failed(at(1), now, UINT32_MAX);
        std::chrono::milliseconds pause{0};
        while (plan.due(now + pause, {}).empty()) pause += 1ms;
        EXPECT_GE(pause, last / 2);
        EXPECT_LE(pause, dial_plan::longest_pause);
        last = pause;
        plan.failed(at(1), now, 0);
        now += 10s;
    }
    EXPECT_GE(last, dial_plan::longest_pause / 2);
}

TEST(dial_plan, does_not_dial_linked_nodes_or_itself) {
    dial_plan plan;
    plan.want({at(1), at(2)});
    const time_point now{1h};
    plan.due(now, {"me"});
    plan.connected(at(1), "me");
    plan.connected(at(2), "b");
    EXPECT_TRUE(plan.due(now + 1h, {"me", "b"}).empty());
    EXPECT_EQ(plan.due(now + 1h, {"me"}), std::vector{at(2)});
}

TEST(dial_plan, bounds_the_dials_in_progress) {
    dial_plan plan;
    std::set<net::tcp_endpoint> many;
    for (std::uint16_t i = 1; i <= 100; ++i) many.insert(at(i));
    plan.want(many);
    EXPECT_EQ(plan.due({}, {}).size(), dial_plan::most_dials);
}

TEST(dial_plan, dials_first_the_address_that_has_waited_longest) {
    dial_plan plan;
    std::set<net::tcp_endpoint> many;
    for (std::uint16_t i = 1; i <= 2 * dial_plan::most_dials; ++i) many.insert(at(i));
    plan.want(many);
    time_point now{1h};
    const auto first = plan.due(now, {});
    for (const auto& a : first) plan.failed(a, now, 0);
    now += 1h; // all are due
    for (const auto& a : plan.due(now, {})) EXPECT_EQ(std::ranges::count(first, a), 0);
}

TEST(dial_plan, dials_a_node_that_refuses_seldom_and_not_while_it_is_linked) {
    dial_plan plan;
    plan.want({at(1)});
    time_point now{1h};
    int calls = 0;
    for (const auto end = now + 60s; now < end; now += 10ms) {
        if (plan.due(now, {"me"}).empty()) continue;
        ++calls;
        plan.named(at(1), "b");
        plan.failed(at(1), now, 0);
    }
    EXPECT_GT(calls, 60);
    EXPECT_LT(calls, 200);
    EXPECT_TRUE(plan.due(now + 1h, {"me", "b"}).empty());
    EXPECT_EQ(plan.due(now + 1h, {"me"}).size(), 1u);
    plan.named(at(1), "");
    plan.failed(at(1), now, 0);
    EXPECT_EQ(plan.due(now + 1h, {"me", "b"}).size(), 1u) << "whoever it is now";
}

const hello from_b{1, 1, "b", 7};

TEST(link_table, two_nodes_that_call_each_other_keep_the_same_link) {
    // "a" has called by link 1, "b" by link 2; whichever is introduced first at either side.
    for (const bool a_first : {true, false})
        for (const bool b_first : {true, false}) {
            const time_point now{1h};
            link_table a("a", 2s), b("b", 2s);
            a.open(1, at(1), true);
            a.open(2, at(1), false);
            b.open(1, at(2), false);
            b.open(2, at(2), true);
            const hello from_a{1, 1, "a", 7};
            for (const link_id id : {a_first ? 1 : 2, a_first ? 2 : 1})
                a.introduce(id, from_b, now);
            for (const link_id id : {b_first ? 1 : 2, b_first ? 2 : 1})
                b.introduce(id, from_a, now);
            EXPECT_EQ(a.link_to("b"), 1u);
            EXPECT_EQ(b.link_to("a"), 1u);
        }
}

TEST(link_table, a_new_link_replaces_one_that_is_silent_or_of_a_former_life) {
    const time_point now{1h};
    for (const bool silent : {true, false}) {
        link_table a("a", 2s);
        a.open(1, at(1), true);
        EXPECT_TRUE(a.introduce(1, from_b, now).accepted);
        a.open(2, at(1), false);
        auto again = from_b;
        if (!silent) again.incarnation = 8;
        const auto verdict = a.introduce(2, again, silent ? now + 3s : now);
        EXPECT_TRUE(verdict.accepted);
        EXPECT_EQ(verdict.replaced, 1u);
        EXPECT_EQ(a.link_to("b"), 2u);
        a.close(1);
        EXPECT_EQ(a.link_to("b"), 2u);
        a.close(2);
        EXPECT_EQ(a.link_to("b"), 0u);
    }
}

TEST(link_table, a_peer_that_calls_anew_has_lost_the_old_link) {
    const time_point now{1h};
    link_table a("a", 2s);
    a.open(1, at(1), false);
    a.introduce(1, from_b, now);
    a.open(2, at(1), false);
    EXPECT_EQ(a.introduce(2, from_b, now).replaced, 1u);
}

TEST(link_table, the_same_node_called_by_two_addresses_is_linked_once) {
    const time_point now{1h};
    link_table a("a", 2s);
    a.open(1, at(1), true);
    a.introduce(1, from_b, now);
    a.open(2, at(2), true);
    EXPECT_FALSE(a.introduce(2, from_b, now).accepted);
    EXPECT_EQ(a.link_to("b"), 1u);
}

TEST(endpoints, are_read_as_they_are_written) {
    for (const auto* text : {"127.0.0.1:1", "[::1]:65535", "0.0.0.0:7946"})
        EXPECT_EQ(net::to_text(parse_endpoint(text)), text);
    for (const auto* text :
         {"", "x", ":1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:1x", "name:1"})
        EXPECT_EQ(parse_endpoint(text).port(), 0) << text;
}

} // namespace
} // namespace thalamus::cluster::links_test
