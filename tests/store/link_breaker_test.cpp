// When a store is not asked any more, and when again.
#include "store/link_breaker.hpp"

#include <gtest/gtest.h>

namespace thalamus::store::link_breaker_test {
namespace {

using namespace std::chrono_literals;

TEST(breaker, opens_after_a_few_failures_in_a_row) {
    breaker b;
    for (unsigned i = 1; i < breaker::opens_after; ++i) EXPECT_FALSE(b.failed());
    EXPECT_TRUE(b.closed());
    EXPECT_TRUE(b.failed());
    EXPECT_FALSE(b.closed());
    EXPECT_FALSE(b.failed()); // is open already
}

TEST(breaker, opens_at_once_when_many_fail_together) {
    breaker b;
    EXPECT_TRUE(b.failed(1000));
    EXPECT_FALSE(b.closed());
}

TEST(breaker, a_success_between_keeps_it_closed) {
    breaker b;
    for (int i = 0; i < 100; ++i) {
        b.failed(breaker::opens_after - 1);
        b.succeeded();
    }
    EXPECT_TRUE(b.closed());
}

TEST(breaker, a_success_of_a_command_does_not_close_it_but_a_probe_does) {
    breaker b;
    b.failed(breaker::opens_after);
    b.succeeded();
    EXPECT_FALSE(b.closed());
    EXPECT_TRUE(b.probe_succeeded());
    EXPECT_TRUE(b.closed());
    EXPECT_FALSE(b.failed(breaker::opens_after - 1)); // counts anew
}

TEST(breaker, gives_the_connection_up_after_probes_without_an_answer) {
    breaker b;
    b.failed(breaker::opens_after);
    for (unsigned i = 1; i < breaker::mute_after; ++i) EXPECT_FALSE(b.probe_mute());
    b.probe_refused(); // an answer
    for (unsigned i = 1; i < breaker::mute_after; ++i) EXPECT_FALSE(b.probe_mute());
    EXPECT_TRUE(b.probe_mute());
}

TEST(breaker, spreads_its_probes) {
    EXPECT_EQ(breaker::pause(0), breaker::shortest_pause);
    auto longest = breaker::shortest_pause;
    for (std::uint64_t random = 0; random < 1000; ++random) {
        EXPECT_LE(breaker::pause(random), breaker::longest_pause);
        longest = std::max(longest, breaker::pause(random));
    }
    EXPECT_EQ(longest, breaker::longest_pause);
}

TEST(backoff, doubles_up_to_its_bound_and_is_spread_by_half) {
    backoff b;
    for (auto most = backoff::shortest; most < backoff::longest; most *= 2)
        EXPECT_EQ(b.next(0), most / 2);
    for (std::uint64_t random = 0; random < 10; ++random) {
        const auto pause = b.next(random * 100);
        EXPECT_GE(pause, backoff::longest / 2);
        EXPECT_LE(pause, backoff::longest);
    }
    b.reset();
    EXPECT_LE(b.next(~std::uint64_t{}), backoff::shortest);
}

} // namespace
} // namespace thalamus::store::link_breaker_test
