// What nodes tell each other about targets: on the wire, and what is kept of it.

#include "actors/upstream/health_report.hpp"
#include "cluster/wire.hpp"

#include <gtest/gtest.h>

namespace thalamus::actors::health_report_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

std::optional<health_report> again(const health_report& what) {
    return from_payload(to_payload(what), std::type_identity<health_report>{});
}

TEST(health_report, is_read_as_it_was_written) {
    const auto until = system_clock::time_point(1'764'000'000'123ms);
    for (const auto& what : {health_report{"app", "10.0.0.1:80", true, {}},
                             health_report{"app", "[::1]:80", false, {}},
                             health_report{"app", "10.0.0.1:80", true, until}}) {
        const auto read = again(what);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->service, what.service);
        EXPECT_EQ(read->target, what.target);
        EXPECT_EQ(read->healthy, what.healthy);
        EXPECT_EQ(read->ejected_until, what.ejected_until);
        EXPECT_EQ(read->of_ejection(), what.of_ejection());
    }
}

TEST(health_report, is_refused_where_a_name_is_none) {
    for (const std::string bad : {"", "a\nb", "\x1b[2J", "\xff"}) {
        EXPECT_FALSE(again({bad, "10.0.0.1:80", false, {}}));
        EXPECT_FALSE(again({"app", bad, false, {}}));
    }
    EXPECT_FALSE(again({std::string(300, 'x'), "10.0.0.1:80", false, {}}));
    EXPECT_FALSE(from_payload("\x0a\x7f", std::type_identity<health_report>{}));
}

TEST(health_report, no_moment_is_so_far_that_a_target_is_out_for_ever) {
    cluster::wire_writer out;
    out.text(1, "app");
    out.text(2, "10.0.0.1:80");
    out.number(4, UINT64_MAX);
    const auto read = from_payload(out.take(), std::type_identity<health_report>{});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->ejected_for(system_clock::now()), 5min);
    EXPECT_EQ(
        (health_report{"", "", true, system_clock::now() - 1s}.ejected_for(system_clock::now())),
        0ms);
}

TEST(health_views, keep_each_nodes_last_word_on_what_is_not_well) {
    health_views views;
    const net::time_point now{1h};
    views.hear("a", {"app", "t", false, {}}, now);
    views.hear("b", {"app", "t", true, system_clock::now() + 10s}, now);
    EXPECT_TRUE(views.unhealthy("a", "app", "t"));
    EXPECT_FALSE(views.unhealthy("b", "app", "t"));
    EXPECT_FALSE(views.unhealthy("a", "app", "other"));
    ASSERT_EQ(views.of("b", now).size(), 1u);
    EXPECT_EQ(views.of("b", now)[0].what, "ejected");
    EXPECT_TRUE(views.of("b", now + 11s).empty());
    views.hear("a", {"app", "t", true, {}}, now);
    EXPECT_FALSE(views.unhealthy("a", "app", "t"));
    EXPECT_TRUE(views.of("a", now).empty());
    views.keep({"a"});
    EXPECT_TRUE(views.of("b", now).empty());
}

TEST(health_views, keep_no_more_than_their_bound) {
    health_views views;
    const net::time_point now{1h};
    for (int i = 0; i < 10'000; ++i) views.hear("a", {"app", std::to_string(i), false, {}}, now);
    EXPECT_EQ(views.of("a", now).size(), 4096u);
}

} // namespace
} // namespace thalamus::actors::health_report_test
