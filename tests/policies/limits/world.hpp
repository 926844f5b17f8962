#pragma once
// A simulated cluster: nodes with limiters, one ledger, delays, and a clock that jumps from event
// to event. What was granted, when and where, is kept for the checks.

#include "policies/limits/admission.hpp"

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <queue>
#include <random>

namespace thalamus::limits::test {

using namespace std::chrono_literals;

inline rule make_rule(config::limit_algorithm algorithm, std::uint64_t count,
                      std::chrono::milliseconds period, std::uint64_t burst = 0) {
    config::rate_limit_settings s;
    s.name = "r";
    s.algorithm = algorithm;
    s.count = count;
    s.period = period;
    s.burst = burst ? burst : count;
    return rule(s);
}

class events {
public:
    std::int64_t now = 1'764'000'000'000'000; // µs
    std::int64_t read_advances = 0;           ///< what reading the clock takes
    time_point clock() {
        now += read_advances;
        return time_point(std::chrono::microseconds(now));
    }
    void after(std::int64_t delay, std::function<void()> what) {
        queue_.push({now + delay, order_++, std::move(what)});
    }
    void run_until(std::int64_t end) {
        while (!queue_.empty() && queue_.top().at <= end) {
            auto e = queue_.top();
            queue_.pop();
            now = e.at;
            e.what();
        }
        now = end;
    }

private:
    struct event {
        std::int64_t at;
        std::uint64_t order;
        std::function<void()> what;
        bool operator<(const event& other) const {
            return std::tie(other.at, other.order) < std::tie(at, order);
        }
    };
    std::priority_queue<event> queue_;
    std::uint64_t order_ = 0;
};

/// The store, as every node sees it: asks and replies take time.
struct shared_ledger {
    events& world;
    std::map<std::string, entry> entries;
    std::uint64_t commands = 0;
};

/// One holder that asks the ledger, as the limiter of a node with one reactor.
class node : public limiter::source {
public:
    node(shared_ledger& ledger, std::span<const rule> rules, std::uint64_t seed,
         std::int64_t delay_there, std::int64_t delay_back, std::size_t most = limiter::most_cells)
        : ledger_(ledger),
          there_(delay_there),
          back_(delay_back),
          random_(seed),
          hold(rules, *this, {}, most) {}

    void request(key_state& of, const demand& what) override {
        ++ledger_.commands;
        ledger_.world.after(way_there(), [this, &of, what] {
            const auto g = take(ledger_.entries[name(of)], of.rule, what, ledger_.world.now);
            ledger_.world.after(delay(back_), [this, &of, g] {
                if (dead) return;
                hold.on_reply(of, {reply::kind::granted, g}, ledger_.world.clock());
                sweep_later();
            });
        });
    }
    void give_back(key_state& of, const lease::surplus& what) override {
        ++ledger_.commands;
        const auto& by = of.rule;
        ledger_.world.after(way_there(), [this, key = name(of), &by, what] {
            limits::give_back(ledger_.entries[key], by, what.permits, what.ends, ledger_.world.now);
        });
    }

    bool dead = false;

private:
    static std::string name(const key_state& of) { return std::to_string(of.rule_index) + of.key; }
    std::int64_t delay(std::int64_t most) {
        return most == 0 ? 0 : std::uniform_int_distribution<std::int64_t>(most / 4, most)(random_);
    }
    /// Commands arrive in their order, as on one connection.
    std::int64_t way_there() {
        const auto now = ledger_.world.now;
        arrives_ = std::max(arrives_, now + delay(there_));
        return arrives_ - now;
    }
    void sweep_later() {
        const auto at = hold.next_sweep();
        if (at == time_point::max() || at >= sweep_at_) return;
        sweep_at_ = at;
        const auto in = std::chrono::duration_cast<microseconds>(at - ledger_.world.clock());
        ledger_.world.after(std::max<std::int64_t>(0, in.count()) + 1, [this] {
            sweep_at_ = time_point::max();
            if (dead) return;
            hold.sweep(ledger_.world.clock());
            sweep_later();
        });
    }

    shared_ledger& ledger_;
    const std::int64_t there_, back_;
    std::mt19937_64 random_;
    std::int64_t arrives_ = 0;
    time_point sweep_at_ = time_point::max();

public:
    limiter hold;
    std::list<std::unique_ptr<admission>> waiting; ///< requests; they use `hold`
};

/// Asks for one request as the actor does; `then` is told whether it may pass.
class request final : public admission {
public:
    static void send(events& world, test::node& to, std::span<const std::size_t> rules,
                     std::string_view key, std::function<void(bool)> then) {
        steps way;
        for (const auto r : rules) way.push_back({&to.hold.find(r, key)});
        const auto known = to.hold.try_all(way, world.clock());
        using outcome = limiter::verdict::outcome;
        if (known.result != outcome::wait) return then(known.result == outcome::granted);
        auto made = std::make_unique<request>(to, std::move(way), std::move(then));
        auto& waits = *made;
        to.waiting.push_back(std::move(made));
        waits.self_ = std::prev(to.waiting.end());
        waits.begin(world.clock());
    }

    request(test::node& at, steps way, std::function<void(bool)> then)
        : admission(at.hold, std::move(way)),
          at_(at),
          then_(std::move(then)) {}

private:
    void decided(const limiter::verdict& how) override {
        then_(how.result == limiter::verdict::outcome::granted);
        at_.waiting.erase(self_); // ends this
    }
    test::node& at_;
    std::function<void(bool)> then_;
    std::list<std::unique_ptr<admission>>::iterator self_;
};

} // namespace thalamus::limits::test
