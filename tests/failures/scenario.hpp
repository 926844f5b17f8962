#pragma once
// What all failure tests do: a cluster under a steady load over plain and limited routes,
// undisturbed for a while, then one thing fails, comes back, and the cluster goes on for a while.
// Then it is judged: what survivors owed their clients, how long the gateway itself took, what the
// limits granted, and when the members knew. What hangs on a few milliseconds is judged by the time
// in which the machine ran; that no limit was exceeded, by all of it.

#include "tests/failures/cluster.hpp"
#include "tests/failures/load.hpp"
#include "tests/failures/pause_watch.hpp"
#include "tests/failures/report.hpp"
#include "tests/failures/watch.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <set>

namespace thalamus::test {

class scenario : public testing::Test {
protected:
    /// One budget that the load draws on; the name of its stream, rule and route.
    struct budget {
        const char* name;
        const char* algorithm;
        std::int64_t count, seconds, burst;
        const char* on_store_failure;
        double offered; ///< per second
    };
    static const std::vector<budget>& budgets();

    /// What is allowed while the failure lasts, and a little longer.
    struct terms {
        /// Nodes that fail no request, and whose own time is measured.
        std::set<std::size_t> survivors{0, 1, 2};
        /// The store is lost to all nodes until the failure ends: rules that say `closed` answer
        /// 503.
        bool store_lost = false;
        /// It may be away for a moment, here or there: such rules may. A node's share begins with
        /// nothing, so that a client far below its limit may meet a few refusals.
        bool store_shakes = false;
        /// Survivors refuse connections while they restart; clients go on to the next address.
        bool restart = false;
        /// A node that has neither the store nor a peer: all limited routes may answer 503 there,
        /// but not those whose rule says `open`.
        std::optional<std::size_t> isolated;
        milliseconds recovers_within{5000};
    };

    void SetUp() override;

    /// A converged cluster under load, for some seconds.
    void begin();
    /// The moments of the failure and of its end.
    void fails() { failed_ = now(); }
    void heals() { healed_ = now(); }
    void hold(milliseconds time) { std::this_thread::sleep_for(time); }
    /// So much time that no pause disturbed; at most four times as long.
    void hold_undisturbed(milliseconds time);
    /// Goes on for some seconds, stops the load, judges and reports.
    void finish(const terms& by);

    /// Waits until all of `observers` see `node` as `state`; how long that took, the longest, from
    /// `since` on. Fails the test beyond `within`.
    double seen(std::size_t node, const char* state, const std::set<std::size_t>& observers,
                moment since, milliseconds within);
    /// As seen(), since the failure or its end, with the time that the settings allow; fills the
    /// report.
    void expect_suspect_and_dead(std::size_t node, const std::set<std::size_t>& observers);
    void expect_suspect(std::size_t node, const std::set<std::size_t>& observers);
    void expect_all_alive();

    moment failed_at() const { return failed_; }
    moment healed_at() const { return healed_; }
    test_cluster& cluster() { return *cluster_; }
    membership_watch& watch() { return *watch_; }

private:
    bool may_fail(const exchange& one, const terms& by) const;
    void judge_requests(const std::vector<exchange>& all, const terms& by);
    void judge_own_time(const terms& by);
    void judge_limits(const std::vector<exchange>& all, const terms& by);
    void judge_use(const std::vector<grant>& hot, const terms& by);
    void judge_spared(const std::vector<exchange>& all, const terms& by);
    void judge_lost_store(const std::vector<exchange>& all);
    static const char* name_of(const exchange& one);
    static std::vector<grant> grants(const std::vector<exchange>& all, const std::string& name);

    std::unique_ptr<test_cluster> cluster_;
    std::unique_ptr<membership_watch> watch_;
    std::unique_ptr<load> load_;
    std::optional<pause_watch> machine_;
    disturbed_times pauses_; // once the load has ended
    moment begun_ = 0, failed_ = 0, healed_ = 0, ended_ = 0;
    report_row row_;
};

} // namespace thalamus::test
