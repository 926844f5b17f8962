#include "net/timer.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace thalamus::net::timer_test {
namespace {

using namespace std::chrono_literals;

/// A queue whose wake-ups are written down, and whose time is told by hand.
struct bench {
    time_point start{};
    std::vector<time_point> asked;
    timer_queue queue{base::bind<&bench::note_wake_up>(this)};
    void note_wake_up(time_point t) { asked.push_back(t); }
};

struct counted {
    explicit counted(bench& b) : t(b.queue, base::bind<&counted::on_timer>(this)) {}
    void on_timer() { ++calls; }
    int calls = 0;
    timer t;
};

TEST(timer, calls_back_once_when_due) {
    bench b;
    counted c(b);
    c.t.arm(b.start + 10ms);
    b.queue.expire(b.start + 9ms);
    EXPECT_EQ(c.calls, 0);
    b.queue.expire(b.start + 10ms);
    b.queue.expire(b.start + 20ms);
    EXPECT_EQ(c.calls, 1);
    EXPECT_FALSE(c.t.armed());
}

TEST(timer, moving_it_later_asks_for_no_other_wake_up_and_still_comes_at_the_later_time) {
    bench b;
    counted c(b);
    c.t.arm(b.start + 10ms);
    const auto wake_ups = b.asked.size();
    for (int i = 1; i <= 100; ++i) c.t.arm(b.start + 10ms + i * 1ms);
    EXPECT_EQ(b.asked.size(), wake_ups);
    b.queue.expire(b.start + 10ms);
    EXPECT_EQ(c.calls, 0);
    EXPECT_EQ(b.asked.back(), b.start + 110ms);
    b.queue.expire(b.start + 110ms);
    EXPECT_EQ(c.calls, 1);
}

TEST(timer, moving_it_earlier_wakes_earlier) {
    bench b;
    counted c(b);
    c.t.arm(b.start + 10s);
    c.t.arm(b.start + 1s);
    EXPECT_EQ(b.asked.back(), b.start + 1s);
    b.queue.expire(b.start + 1s);
    EXPECT_EQ(c.calls, 1);
}

TEST(timer, a_disarmed_or_destroyed_one_does_not_call) {
    bench b;
    counted kept(b);
    kept.t.arm(b.start + 1ms);
    kept.t.disarm();
    auto gone = std::make_unique<counted>(b);
    gone->t.arm(b.start + 1ms);
    gone.reset();
    b.queue.expire(b.start + 1s);
    EXPECT_EQ(kept.calls, 0);
}

TEST(timer, one_that_arms_itself_for_now_runs_again_only_the_next_time) {
    bench b;
    struct eager {
        explicit eager(bench& b) : t(b.queue, base::bind<&eager::on_timer>(this)) {}
        void on_timer() {
            if (++calls < 10) t.arm(now);
        }
        timer t;
        time_point now;
        int calls = 0;
    } e(b);
    e.now = b.start + 1ms;
    e.t.arm(e.now);
    b.queue.expire(e.now);
    EXPECT_EQ(e.calls, 1);
    EXPECT_LE(b.asked.back(), e.now + 1us); // and is asked for at once
    b.queue.expire(e.now + 1us);
    EXPECT_EQ(e.calls, 2);
}

TEST(timer, a_callback_may_destroy_and_arm_others) {
    bench b;
    struct chain {
        explicit chain(bench& b)
            : first(b.queue, base::bind<&chain::on_first>(this)),
              next(b.queue, base::bind<&chain::on_next>(this)) {}
        void on_first() {
            victim.reset();
            next.arm(when);
        }
        void on_next() { ++calls; }
        timer first, next;
        std::unique_ptr<counted> victim;
        time_point when;
        int calls = 0;
    } c(b);
    c.victim = std::make_unique<counted>(b);
    c.victim->t.arm(b.start + 2ms);
    c.when = b.start + 3ms;
    c.first.arm(b.start + 1ms);
    b.queue.expire(b.start + 5ms);
    EXPECT_EQ(c.calls, 0); // due by now, but armed meanwhile
    b.queue.expire(b.start + 6ms);
    EXPECT_EQ(c.calls, 1);
}

} // namespace
} // namespace thalamus::net::timer_test
