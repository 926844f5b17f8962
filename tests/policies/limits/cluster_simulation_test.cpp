// Many nodes, one budget: what the issue calls the invariants, over thousands of seeded runs.

#include "tests/policies/limits/world.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

namespace thalamus::limits::test::cluster_simulation_test {
namespace {

using config::limit_algorithm;

/// Checks grants, in the order of their times, against the rule as a client would state it.
class auditor {
public:
    explicit auditor(const rule& by) : by_(by) {}

    void granted(std::int64_t at) {
        ++total;
        if (by_.algorithm == limit_algorithm::token_bucket) {
            const auto passed = static_cast<double>(at - last_);
            last_ = at;
            const auto rate = static_cast<double>(by_.refill) / static_cast<double>(by_.cost);
            level_ = std::min(static_cast<double>(by_.burst), level_ + passed * rate) - 1;
            worst_ = std::min(worst_, level_);
            return;
        }
        const auto period = by_.period.count();
        const auto window = at / period;
        if (window != window_) previous_ = window == window_ + 1 ? current_ : 0, current_ = 0;
        window_ = window;
        ++current_;
        auto used = static_cast<double>(current_);
        if (by_.algorithm == limit_algorithm::sliding_window)
            used += static_cast<double>(previous_) * static_cast<double>(period - at % period) /
                    static_cast<double>(period);
        worst_ = std::min(worst_, static_cast<double>(by_.count) - used);
    }
    /// By how many permits the rule was broken at worst; 0 = never.
    double excess() const { return std::max(0.0, -worst_ - 1e-6); }

    std::int64_t total = 0;

private:
    const rule& by_;
    std::int64_t last_ = 0, window_ = 0, current_ = 0, previous_ = 0;
    double level_ = 1e18, worst_ = 0;
};

struct scenario {
    limit_algorithm algorithm;
    std::uint64_t count;
    std::chrono::milliseconds period;
    std::uint64_t burst;
    int nodes;
    double offered; ///< times the limit
    std::chrono::milliseconds duration;
    std::int64_t delay; ///< of an ask on its way; replies come at once, so that times are exact
    bool uneven = false;
    bool bursty = false;
};

struct outcome {
    double excess, share, commands_per_request;
    std::int64_t granted;
};

outcome simulate(const scenario& s, std::uint64_t seed) {
    events world;
    world.now += static_cast<std::int64_t>(seed % 1000) * 977;
    shared_ledger ledger{world, {}, 0};
    const std::vector<rule> rules{make_rule(s.algorithm, s.count, s.period, s.burst)};
    std::vector<std::unique_ptr<node>> nodes;
    for (int i = 0; i < s.nodes; ++i)
        nodes.push_back(std::make_unique<node>(ledger, rules, seed * 31 + i, s.delay, 0));
    auditor audit(rules[0]);
    std::mt19937_64 random(seed);
    const auto start = world.now;
    const auto duration = std::chrono::microseconds(s.duration).count();
    const double rate = s.offered * static_cast<double>(s.count) /
                        static_cast<double>(std::chrono::microseconds(s.period).count());
    std::uint64_t offered = 0;
    static constexpr std::size_t way[] = {0};
    for (double t = 0; t < static_cast<double>(duration);) {
        t += std::exponential_distribution<double>(rate)(random);
        auto at = static_cast<std::int64_t>(t);
        if (s.bursty) at -= at % 20'000; // all of 20 ms at once
        auto n = random() % nodes.size();
        if (s.uneven && random() % 10 < 8) n = 0;
        ++offered;
        world.after(at, [&, n] {
            request::send(world, *nodes[n], way, "k", [&](bool granted) {
                if (granted) audit.granted(world.now);
            });
        });
    }
    world.run_until(start + duration);
    const double allowed =
        static_cast<double>(s.count) * static_cast<double>(duration) /
            static_cast<double>(std::chrono::microseconds(s.period).count()) +
        (s.algorithm == limit_algorithm::token_bucket ? static_cast<double>(rules[0].burst) : 0);
    return {audit.excess(), static_cast<double>(audit.total) / allowed,
            static_cast<double>(ledger.commands) / static_cast<double>(offered), audit.total};
}

const limit_algorithm algorithms[] = {limit_algorithm::token_bucket, limit_algorithm::fixed_window,
                                      limit_algorithm::sliding_window};

TEST(cluster_limits, never_admit_more_than_the_rule_whatever_the_load_and_the_number_of_nodes) {
    std::mt19937_64 random(1);
    for (std::uint64_t seed = 0; seed < thalamus::test::seeded_runs(3000); ++seed) {
        scenario s;
        s.algorithm = algorithms[seed % 3];
        const std::uint64_t counts[] = {1, 3, 10, 11, 50, 100, 1000};
        s.count = counts[random() % std::size(counts)];
        const std::chrono::milliseconds periods[] = {100ms, 1s, 10s};
        s.period = periods[random() % std::size(periods)];
        s.burst = random() % 3 ? s.count : 1 + random() % (2 * s.count);
        s.nodes = 1 + static_cast<int>(random() % 9);
        s.offered = 0.3 + static_cast<double>(random() % 40) / 4;
        s.duration = s.period * 3;
        if (const auto requests = s.offered * static_cast<double>(s.count) * 3; requests > 4000)
            s.duration = std::chrono::milliseconds(static_cast<std::int64_t>(
                static_cast<double>(s.duration.count()) * 4000 / requests));
        s.delay = static_cast<std::int64_t>(random() % 20'000);
        s.uneven = random() % 2;
        s.bursty = random() % 3 == 0;
        const auto o = simulate(s, seed);
        ASSERT_EQ(o.excess, 0) << "seed " << seed << " algorithm " << int(s.algorithm) << " count "
                               << s.count << " burst " << s.burst << " period " << s.period.count()
                               << " nodes " << s.nodes << " offered " << s.offered << " delay "
                               << s.delay;
    }
}

TEST(cluster_limits, grant_98_percent_when_twice_the_limit_is_offered) {
    for (const auto algorithm : {limit_algorithm::token_bucket, limit_algorithm::fixed_window})
        for (const int nodes : {1, 3, 5, 9})
            for (const std::uint64_t count : {20, 100, 1000, 5000})
                for (const bool uneven : {false, true}) {
                    const auto o = simulate({algorithm, count, 1s, 0, nodes, 2.0, 10s, 500, uneven},
                                            count + nodes);
                    EXPECT_GE(o.share, 0.98) << int(algorithm) << " nodes " << nodes << " count "
                                             << count << " uneven " << uneven;
                    EXPECT_EQ(o.excess, 0);
                }
}

TEST(cluster_limits, cost_few_commands_for_a_hot_key) {
    for (const auto algorithm : algorithms)
        for (const double offered : {0.5, 1.0, 2.0, 4.0}) {
            const auto count = static_cast<std::uint64_t>(20'000 / offered);
            const auto o = simulate({algorithm, count, 1s, 0, 3, offered, 5s, 300}, 5);
            EXPECT_LE(o.commands_per_request, 0.02) << int(algorithm) << " offered " << offered;
        }
}

TEST(cluster_limits, are_exact_up_to_ten) {
    for (const auto algorithm : algorithms)
        for (std::uint64_t count = 1; count <= 10; ++count)
            for (std::uint64_t seed = 0; seed < 20; ++seed) {
                // All within a part of one window that is over before the next begins.
                const auto o =
                    simulate({algorithm, count, 60s, 0, 3, 100, 3s, 2000, seed % 2 == 0}, seed);
                EXPECT_EQ(o.granted, static_cast<std::int64_t>(count)) << int(algorithm);
            }
}

} // namespace
} // namespace thalamus::limits::test::cluster_simulation_test
