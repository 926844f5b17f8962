// What one decision of the rate limiter costs: build/release/limits_benchmark

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

/// A ledger that answers at once, with time of its own.
class ledger final : public limits::limiter::source {
public:
    explicit ledger(std::span<const limits::rule> rules) : limiter(rules, *this, {}) {}
    void request(limits::key_state& of, const limits::demand& what) override {
        const limits::reply r{limits::reply::kind::granted,
                              limits::take(entries_[of.key], of.rule, what, now)};
        limiter.on_reply(of, r, clock());
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
    ledger of(rules);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < keys; ++i)
        names.push_back("route=user,ip=192.0.2." + std::to_string(i));
    struct : limits::waiter {
        std::int64_t needs() const override { return 1; }
        void resume(limits::time_point) override {}
    } who;
    std::size_t at = 0;
    std::int64_t granted = 0, n = 0;
    for (auto _ : state) {
        limits::limiter::step way[] = {{&of.limiter.find(0, names[at])}};
        using outcome = limits::limiter::verdict::outcome;
        auto how = of.limiter.try_all(way, of.clock()).result;
        if (how == outcome::wait) {
            of.limiter.wait_for(*way[0].key, who, of.clock()); // answered within the call
            how = outcome::granted;
        }
        granted += how == outcome::granted;
        if (++at == keys) at = 0;
        if (++n % 5 == 0) ++of.now; // five million a second
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
