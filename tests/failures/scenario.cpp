#include "tests/failures/scenario.hpp"

#include "tests/failures/own_time.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace thalamus::test {
namespace {

constexpr const char* plain = "plain";
constexpr double plain_offered = 300;
constexpr milliseconds undisturbed{5000}, afterwards{7000};
/// What is measured beside: time for connections to be made and leases to find their size.
constexpr milliseconds warm_up{1500};
/// Until clients see the last of a failure or of its end: breaker, heartbeat, a try on the way.
constexpr milliseconds settles_within{3000};
/// Beyond suspect_after and dead_after: a heartbeat, a tick, one question of the watch (its answer
/// may wait for members that are gone), this machine.
constexpr milliseconds slack{1500};

constexpr moment in_moments(milliseconds time) { return time.count() * 1000; }
double in_seconds(moment time) { return static_cast<double>(time) / one_second; }

} // namespace

const std::vector<scenario::budget>& scenario::budgets() {
    static const std::vector<budget> all{
        {"hot", "token_bucket", 300, 1, 100, "share", 600},
        {"window", "fixed_window", 600, 4, 0, "share", 300},
        {"long", "fixed_window", 300, 30, 0, "share", 30}, // longer than any failure
        {"small", "fixed_window", 5, 2, 0, "share", 5},    // exact
        {"small-too", "fixed_window", 5, 2, 0, "share", 5},
        {"under", "token_bucket", 200, 1, 200, "share", 40}, // never refused
        {"open", "token_bucket", 20, 1, 20, "open", 40},
        {"closed", "token_bucket", 200, 1, 200, "closed", 40},
    };
    return all;
}

void scenario::SetUp() {
    for (auto& why : {network::unavailable(), pause_watch::unavailable()})
        if (!why.empty()) GTEST_SKIP() << why;
    std::string limits;
    std::string routes = "  - {id: plain, match: {path: /plain}, service: app}\n";
    for (auto& b : budgets()) {
        const std::string name = b.name;
        limits += "  " + name + ": {key: \"header:X-Key\", rate: " + std::to_string(b.count) + "/" +
                  std::to_string(b.seconds) + "s, algorithm: " + b.algorithm +
                  (b.burst > 0 ? ", burst: " + std::to_string(b.burst) : "") +
                  ", on_store_failure: " + b.on_store_failure + "}\n";
        routes += "  - {id: " + name + ", match: {path: /" + name +
                  "}, service: app, rate_limit: [" + name + "]}\n";
    }
    cluster_ = std::make_unique<test_cluster>(limits, routes);
    watch_ = std::make_unique<membership_watch>(cluster_->addresses(), cluster_node::admin_port,
                                                cluster_node::token);
    row_.scenario = testing::UnitTest::GetInstance()->current_test_info()->name();
}

void scenario::begin() {
    const auto since = now();
    auto converged = [](const cluster_view& view) {
        return view.size() == test_cluster::size &&
               std::all_of(view.begin(), view.end(), [](auto& one) {
                   return one.second.state == "alive" && one.second.store == "ok";
               });
    };
    for (std::size_t i = 0; i < test_cluster::size; ++i)
        watch_->wait(i, converged, since, 10s, "all alive and with a store");
    std::vector<stream> streams{{plain, "/plain", "", plain_offered}};
    for (auto& b : budgets())
        streams.push_back({b.name, std::string("/") + b.name, b.name, b.offered});
    machine_.emplace();
    load_ = std::make_unique<load>(cluster_->addresses(), cluster_node::port, streams);
    hold(warm_up);
    begun_ = now();
    hold_undisturbed(undisturbed);
}

void scenario::hold_undisturbed(milliseconds time) {
    const auto from = now(), until = from + 4 * in_moments(time);
    for (auto left = in_moments(time); left > 0 && now() < until;
         left = in_moments(time) - machine_->so_far().quiet(from, now()))
        std::this_thread::sleep_for(std::chrono::microseconds(std::min(left, until - now())));
}

void scenario::finish(const terms& by) {
    ASSERT_GT(failed_, begun_);
    if (healed_ == 0) heals();
    hold_undisturbed(afterwards);
    ended_ = now();
    const auto all = load_->stop();
    hold(2 * pause_watch::window); // what has just been is known then
    pauses_ = machine_->so_far();
    row_.requests = all.size();
    row_.quiet = in_seconds(pauses_.quiet(begun_, ended_)) / in_seconds(ended_ - begun_);
    judge_limits(all, by);
    judge_requests(all, by);
    if (pauses_.quiet(begun_, failed_) < in_moments(undisturbed) / 2 ||
        pauses_.quiet(healed_, ended_) < in_moments(afterwards) / 2) {
        add_to_report(row_);
        GTEST_SKIP() << "the machine paused too often to judge more than limits and failures";
    }
    judge_own_time(by);
    judge_use(grants(all, "hot"), by);
    judge_spared(all, by);
    if (by.store_lost) judge_lost_store(all);
    add_to_report(row_);
}

double scenario::seen(std::size_t node, const char* state, const std::set<std::size_t>& observers,
                      moment since, milliseconds within) {
    const auto name = cluster_->node(node).name();
    moment last = since;
    for (auto observer : observers) {
        auto is_so = [&](const cluster_view& view) {
            auto found = view.find(name);
            return found != view.end() && found->second.state == state;
        };
        try {
            last = std::max(
                last, watch_->wait(observer, is_so, since, within + 5s, name + " as " + state));
        } catch (const timed_out& error) {
            ADD_FAILURE() << error.what();
            return in_seconds(now() - since);
        }
    }
    EXPECT_LE(last - since, in_moments(within)) << name << " as " << state;
    return in_seconds(last - since);
}

void scenario::expect_suspect(std::size_t node, const std::set<std::size_t>& observers) {
    row_.suspect = std::max(row_.suspect, seen(node, "suspect", observers, failed_,
                                               test_cluster::suspect_after + slack));
}

void scenario::expect_suspect_and_dead(std::size_t node, const std::set<std::size_t>& observers) {
    expect_suspect(node, observers);
    row_.dead = std::max(row_.dead,
                         seen(node, "dead", observers, failed_, test_cluster::dead_after + slack));
}

void scenario::expect_all_alive() {
    for (std::size_t node = 0; node < test_cluster::size; ++node)
        row_.alive = std::max(row_.alive, seen(node, "alive", {0, 1, 2}, healed_,
                                               2 * test_cluster::heartbeat + slack + slack));
}

bool scenario::may_fail(const exchange& one, const terms& by) const {
    const std::string mode = one.stream == 0 ? "" : budgets()[one.stream - 1u].on_store_failure;
    if (mode == "closed" && one.status == 503 && pauses_.touch(one.sent, one.received)) return true;
    const auto end = healed_ + in_moments(settles_within);
    if (one.received < failed_ || one.sent > end) return false;
    if (!by.survivors.contains(one.node) && by.isolated != one.node) return true;
    if (by.restart && one.how == ending::refused) return true;
    if (one.how != ending::answered || one.status != 503 || one.stream == 0) return false;
    if (by.isolated == one.node) return mode != "open";
    return (by.store_lost || by.store_shakes) && mode == "closed";
}

const char* scenario::name_of(const exchange& one) {
    return one.stream == 0 ? plain : budgets()[one.stream - 1u].name;
}

void scenario::judge_requests(const std::vector<exchange>& all, const terms& by) {
    std::map<std::string, std::pair<std::size_t, double>> failures; // what: how often, first when
    for (auto& one : all) {
        if (one.status == 429) ++row_.limited;
        if (!one.failed()) continue;
        if (may_fail(one, by)) {
            if (one.status == 503) ++row_.refused;
            continue;
        }
        ++row_.failed;
        auto& [count, first] = failures[cluster_->node(one.node).name() + " " + name_of(one) + " " +
                                        to_text(one.how) + " " + std::to_string(one.status)];
        if (++count == 1) first = in_seconds(one.sent - failed_);
    }
    for (auto& [what, how] : failures)
        ADD_FAILURE() << what << ": " << how.first << " times, first " << how.second
                      << " s after the failure";
    EXPECT_GT(row_.requests, 5000u);
    for (auto node : by.survivors) // also where it asks members that do not answer
        EXPECT_LT(in_seconds(watch_->slowest(node)), 1) << "GET /cluster";
}

void scenario::judge_own_time(const terms& by) {
    std::vector<own_time> times;
    for (auto node : by.survivors) {
        auto more = own_times(cluster_->node(node).access_log());
        times.insert(times.end(), more.begin(), more.end());
    }
    std::erase_if(times, [&](const own_time& t) { return pauses_.touch(t.started, t.ended); });
    row_.p99_before = quantile(times, 0.99, begun_, failed_);
    const auto known = failed_ + in_moments(settles_within);
    for (auto [from, to] : {std::pair(failed_, known), {known, healed_}, {healed_, ended_}})
        row_.p99_during = std::max(row_.p99_during, quantile(times, 0.99, from, to));
    EXPECT_GT(row_.p99_before, 0);
    EXPECT_LT(row_.p99_during, std::max(25.0, 2 * row_.p99_before));
}

std::vector<grant> scenario::grants(const std::vector<exchange>& all, const std::string& name) {
    std::vector<grant> found;
    for (auto& one : all)
        if (name_of(one) == name && one.status == 200) found.push_back({one.sent, one.received});
    return found;
}

void scenario::judge_limits(const std::vector<exchange>& all, const terms& by) {
    row_.worst_excess = std::numeric_limits<std::int64_t>::min();
    for (auto& b : budgets()) {
        auto granted = grants(all, b.name);
        if (granted.empty()) {
            ADD_FAILURE() << b.name << ": nothing was granted";
            continue;
        }
        if (b.on_store_failure == std::string("open")) {
            if (by.store_lost || by.store_shakes || by.isolated) continue;
            // The store cannot answer while the machine pauses: whoever asks then may pass.
            std::erase_if(granted, [&](auto& g) { return pauses_.touch(g.sent, g.received); });
            if (granted.empty()) continue;
        }
        const auto worst = b.burst > 0
                               ? worst_of_token_bucket(granted, b.count / b.seconds, b.burst)
                               : worst_of_fixed_window(granted, b.count, b.seconds * one_second);
        EXPECT_LE(worst.permits, 0) << b.name << ": " << worst.granted << " granted from "
                                    << in_seconds(worst.from - failed_) << " to "
                                    << in_seconds(worst.to - failed_) << " s after the failure";
        row_.worst_excess = std::max(row_.worst_excess, worst.permits);
    }
}

void scenario::judge_use(const std::vector<grant>& hot, const terms& by) {
    row_.use_before = use_of(hot, 300, begun_, failed_, pauses_);
    row_.use_during = use_of(hot, 300, failed_, healed_, pauses_);
    EXPECT_GE(row_.use_before, 0.98);
    const auto recovered = recovered_at(hot, 300, healed_, pauses_);
    row_.recovered = recovered < 0 ? in_seconds(ended_ - healed_) : in_seconds(recovered - healed_);
    EXPECT_TRUE(recovered >= 0 &&
                pauses_.quiet(healed_, recovered) <= in_moments(by.recovers_within))
        << "98 % of the hot limit were granted again after " << row_.recovered
        << " s at the earliest";
}

/// A client far below its limit is not refused.
void scenario::judge_spared(const std::vector<exchange>& all, const terms& by) {
    std::size_t excused = 0;
    for (auto& one : all) {
        if (name_of(one) != std::string("under") || one.status != 429) continue;
        // One that is cut off cannot know, one that has just started has no share yet.
        if (!by.survivors.contains(one.node) && one.received >= failed_) continue;
        if (pauses_.touch(one.sent, one.received)) continue;
        if (by.store_shakes && one.received >= failed_ &&
            one.sent < healed_ + in_moments(settles_within))
            ++excused;
        else
            ADD_FAILURE() << "under: refused " << in_seconds(one.sent - failed_)
                          << " s after the failure by " << cluster_->node(one.node).name();
    }
    // 3 at rest and 10 in all on a busy machine: until a share's first permits, twice.
    EXPECT_LE(excused, 5 * test_cluster::size);
}

void scenario::judge_lost_store(const std::vector<exchange>& all) {
    const auto from = failed_ + in_moments(settles_within);
    ASSERT_GT(healed_ - from, one_second);
    std::map<std::pair<std::string, int>, std::size_t> answers;
    for (auto& one : all)
        if (one.sent >= from && one.received < healed_) ++answers[{name_of(one), one.status}];
    EXPECT_EQ((answers[{"open", 429}]), 0u);
    EXPECT_GT((answers[{"open", 200}]), 0u);
    EXPECT_EQ((answers[{"closed", 200}]), 0u);
    EXPECT_GT((answers[{"closed", 503}]), 0u);
    if (pauses_.quiet(from, healed_) > one_second) {
        EXPECT_GE(use_of(grants(all, "hot"), 300, from, healed_, pauses_), 0.8);
    }
}

} // namespace thalamus::test
