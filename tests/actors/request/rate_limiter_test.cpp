#include "actors/request/rate_limiter.hpp"

#include "actors/limits/reconciliation.hpp"
#include "actors/request/router.hpp"
#include "store/open.hpp"
#include "tests/actors/node.hpp"

#include <algorithm>
#include <deque>
#include <thread>

namespace thalamus::actors::rate_limiter_test {
namespace {

using namespace std::chrono_literals;

struct rate_limiter_test : node_test {
    void SetUp() override {
        // A lease lives for 25 ms, a twentieth of what a whole bucket takes to fill.
        start(R"(
rate_limits: {busy: {key: client_ip, rate: 1000/s, burst: 500}}
routes: [{id: busy, match: {path: /}, respond: {text: ours}, rate_limit: [busy]}]
)");
        on_reactor([this] {
            auto& c = context();
            c.fallback_quota = std::make_unique<limits::fallback_quota>(c.node.limits);
            c.quota_reconciliation = std::make_unique<reconciliation>(c.home, c.node.limits);
            c.store = store::open(c.home, {}, std::make_shared<store::memory>(), counts_);
            c.rate_limiter = net::spawn_on<rate_limiter_actor>(c.home, c);
            using mode = limits::limit_mode::mode;
            caf::anon_send(c.rate_limiter, limit_mode_changed{{mode::store, {}, {}}, 1});
        });
    }
    void end() override {
        caf::anon_send_exit(context().rate_limiter, caf::exit_reason::user_shutdown);
        context().rate_limiter = nullptr;
    }

    void send(int requests) {
        for (; requests > 0; --requests) {
            const exchange_ptr b = ask(outcomes_.emplace_back(), "GET /");
            caf::anon_send(*route_exchange(context(), *b), b);
        }
    }
    void expect_answers() {
        ASSERT_TRUE(
            eventually([this] { return std::ranges::all_of(outcomes_, &outcome::closed); }));
    }

    store::counters counts_;
    std::deque<outcome> outcomes_;
};

/// By the time of its beginning leases that have ended could be spent, and those that the store
/// grants then could not.
TEST_F(rate_limiter_test, goes_by_the_clock_after_a_turn_that_stood_still) {
    for (int i = 0; i < 10; ++i) on_reactor([this] { send(20); });
    std::chrono::steady_clock::time_point from;
    on_reactor([&] {
        std::this_thread::sleep_for(600ms); // the bucket is full again
        from = std::chrono::steady_clock::now();
        send(10);
    });
    for (int i = 0; i < 10; ++i) on_reactor([this] { send(60); });
    expect_answers();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - from;
    const auto granted =
        std::ranges::count(outcomes_.begin() + 200, outcomes_.end(), 200u, &outcome::status);
    EXPECT_LE(granted, 500 + static_cast<std::int64_t>(took.count() * 1000));
    EXPECT_GE(granted, 400);
}

} // namespace
} // namespace thalamus::actors::rate_limiter_test
