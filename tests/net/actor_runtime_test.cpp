// Actors on reactors: what net/actor_runtime.hpp promises.
#include "net/actor_runtime.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

namespace thalamus::net::actor_runtime_test {
namespace {

using ball = caf::atom_constant<caf::atom("ball")>;

struct score {
    std::atomic<int> handled{0}, elsewhere{0};
    std::promise<void> done;
};

/// Sends a ball back and forth and notes on which reactor each came.
class player : public pinned_actor {
public:
    player(caf::actor_config& config, reactor& home, score& s, int rallies)
        : pinned_actor(config),
          home_(home),
          score_(s),
          rallies_(rallies) {}
    caf::behavior make_behavior() override {
        return {[this](ball, const caf::actor& partner) {
            if (!home_.is_current()) ++score_.elsewhere;
            if (++score_.handled == rallies_) score_.done.set_value();
            if (score_.handled < rallies_) caf::anon_send(partner, ball::value, caf::actor(this));
        }};
    }

private:
    reactor& home_;
    score& score_;
    const int rallies_;
};

TEST(actor_runtime, an_actor_stays_on_its_reactor_whoever_sends) {
    runtime_config config(2);
    caf::actor_system system(config);
    const auto& reactors = reactors_of(system);
    ASSERT_EQ(reactors.size(), 2u);
    constexpr int rallies = 20000;
    score s;
    auto a = spawn_on<player>(*reactors[0], *reactors[0], s, rallies);
    auto b = spawn_on<player>(*reactors[1], *reactors[1], s, rallies);
    for (int i = 0; i < 16; ++i) caf::anon_send(a, ball::value, b);
    s.done.get_future().get();
    EXPECT_EQ(s.elsewhere, 0);
    for (const auto& actor : {a, b}) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

class fragile : public pinned_actor {
public:
    fragile(caf::actor_config& config, int& alive) : pinned_actor(config), alive_(alive) {
        ++alive_;
    }
    ~fragile() override { --alive_; }
    caf::behavior make_behavior() override {
        return {[](ball) { throw std::runtime_error("a fault"); }};
    }

private:
    int& alive_;
};

class guard : public pinned_actor {
public:
    guard(caf::actor_config& config, const caf::actor& watched, std::promise<void>& seen)
        : pinned_actor(config) {
        set_down_handler([&seen](caf::down_msg&) { seen.set_value(); });
        monitor(watched);
    }
    caf::behavior make_behavior() override {
        return {[](ball) {}};
    }
};

TEST(actor_runtime, an_exception_ends_the_actor_and_its_monitor_hears_of_it) {
    runtime_config config(1);
    caf::actor_system system(config);
    auto& home = *reactors_of(system).front();
    int alive = 0;
    std::promise<void> seen;
    auto victim = spawn_on<fragile>(home, alive);
    auto watcher = spawn_on<guard>(home, victim, seen);
    caf::anon_send(victim, ball::value);
    seen.get_future().get();
    victim = nullptr;
    caf::anon_send_exit(watcher, caf::exit_reason::user_shutdown);
    watcher = nullptr;
    system.await_all_actors_done();
}

TEST(reactor, posts_run_on_the_reactor_in_order) {
    runtime_config config(1);
    caf::actor_system system(config);
    auto& home = *reactors_of(system).front();
    std::vector<int> seen;
    std::promise<void> done;
    for (int i = 0; i < 100; ++i)
        home.post([&, i] {
            EXPECT_TRUE(home.is_current());
            seen.push_back(i);
            if (i == 99) done.set_value();
        });
    done.get_future().get();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

} // namespace
} // namespace thalamus::net::actor_runtime_test
