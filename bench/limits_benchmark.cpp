// The cost of one decision of the rate limiter: build/release/limits_benchmark

#include "policies/limits/limiter.hpp"

#include <benchmark/benchmark.h>

#include <map>

namespace {

using namespace thalamus;

limits::rule make_rule(std::uint64_t count) {
    config::rate_limit_settings s;
    s.name = "r";
    s.count = s.burst = count;
    s.period = std::chrono::seconds(1);
    return limits::rule(s);
}

/// A ledger that replies at once, with its own clock.
class ledger final : public limits::limiter::source {
public:
    explicit ledger(std::span<const limits::rule> rules) : limiter(rules, *this, {}) {}
    void request(limits::key_state& key, const limits::demand& demand) override {
        const limits::reply r{limits::reply::kind::granted,
                              limits::take(entries_[key.key], key.rule, demand, now)};
        limiter.on_reply(key, r, clock());
    }
    void give_back(limits::key_state&, const limits::lease::surplus&) override {}
    limits::time_point clock() const { return limits::time_point(std::chrono::microseconds(now)); }

    std::int64_t now = 1'000'000'000;
    limits::limiter limiter;

private:
    std::map<std::string, limits::entry, std::less<>> entries_;
};

void decide(benchmark::State& state, std::uint64_t limit, std::size_t keys) {
    const std::vector<limits::rule> rules{make_rule(limit)};
    ledger owner(rules);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < keys; ++i)
        names.push_back("route=user,ip=192.0.2." + std::to_string(i));
    struct : limits::waiter {
        std::int64_t needs() const override { return 1; }
        void resume(limits::time_point) override {}
    } who;
    std::size_t next = 0;
    std::int64_t granted = 0, n = 0;
    for (auto _ : state) {
        limits::limiter::step steps[] = {{&owner.limiter.find(0, names[next])}};
        using outcome = limits::limiter::verdict::outcome;
        auto result = owner.limiter.try_all(steps, owner.clock()).result;
        if (result == outcome::wait) {
            owner.limiter.wait_for(*steps[0].key, who,
                                   owner.clock()); // the reply comes within the call
            result = outcome::granted;
        }
        granted += result == outcome::granted;
        if (++next == keys) next = 0;
        if (++n % 5 == 0) ++owner.now; // five million a second
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["granted"] =
        static_cast<double>(granted) / static_cast<double>(state.iterations());
}

void hot_key(benchmark::State& state) { decide(state, 10'000'000, 1); }
void hot_key_over_its_limit(benchmark::State& state) { decide(state, 1'000'000, 1); }
void thousand_keys(benchmark::State& state) { decide(state, 1'000'000, 1000); }

BENCHMARK(hot_key);
BENCHMARK(hot_key_over_its_limit);
BENCHMARK(thousand_keys);

} // namespace

BENCHMARK_MAIN();
