#include "observe/metrics.hpp"
#include "tests/observe/exposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace thalamus::observe::metrics_test {
namespace {

using namespace std::chrono_literals;
using text_format = metrics::text_format;

config::snapshot_ptr snapshot_with(const std::vector<std::string>& routes,
                                   const std::vector<std::string>& services) {
    auto made = std::make_shared<config::snapshot>();
    made->version = "0123456789ab";
    for (const auto& id : routes) made->routes.emplace_back().id = id;
    for (const auto& name : services) made->services.emplace_back().name = name;
    return made;
}

exchange_record finished(std::size_t route, std::size_t service, unsigned status = 200) {
    exchange_record r;
    r.route_index = route, r.service_index = service;
    r.status = status;
    r.attempts = service == no_index ? 0 : 1;
    r.bytes_in = 100, r.bytes_out = 1000;
    r.total = 3ms, r.upstream = 2ms, r.own = 15us;
    return r;
}

exposition scrape(const metrics& m) {
    exposition e(m.expose(text_format::prometheus), exposition::format::prometheus);
    EXPECT_THAT(e.errors, testing::IsEmpty());
    return e;
}

exposition scrape_open_metrics(const metrics& m) {
    exposition e(m.expose(text_format::open_metrics), exposition::format::open_metrics);
    EXPECT_THAT(e.errors, testing::IsEmpty());
    return e;
}

TEST(metrics, an_exchange_is_counted_under_its_route_and_service) {
    metrics m(snapshot_with({"user", "other"}, {"users"}), 2);
    m.shard(0).exchange_finished(finished(0, 0));
    m.shard(1).exchange_finished(finished(0, 0, 503));
    exchange_record cut = finished(0, 0, 0);
    cut.complete = false;
    m.shard(1).exchange_finished(cut);

    const exposition e = scrape(m);
    EXPECT_EQ(e.value("thalamus_requests_total{route=\"user\",code_class=\"2xx\"}"), 1);
    EXPECT_EQ(e.value("thalamus_requests_total{route=\"user\",code_class=\"5xx\"}"), 1);
    EXPECT_EQ(e.value("thalamus_requests_total{route=\"user\",code_class=\"none\"}"), 1);
    EXPECT_EQ(e.value("thalamus_requests_total{route=\"user\",code_class=\"4xx\"}"), 0);
    EXPECT_EQ(e.value("thalamus_requests_incomplete_total{route=\"user\"}"), 1);
    EXPECT_EQ(e.value("thalamus_request_bytes_total{route=\"user\"}"), 300);
    EXPECT_EQ(e.value("thalamus_response_bytes_total{route=\"user\"}"), 3000);
    EXPECT_EQ(e.value("thalamus_request_duration_seconds_count{route=\"user\"}"), 3);
    EXPECT_DOUBLE_EQ(*e.value("thalamus_request_duration_seconds_sum{route=\"user\"}"), 0.009);
    EXPECT_EQ(e.value("thalamus_request_duration_seconds_bucket{route=\"user\",le=\"0.0025\"}"), 0);
    EXPECT_EQ(e.value("thalamus_request_duration_seconds_bucket{route=\"user\",le=\"0.005\"}"), 3);
    EXPECT_EQ(e.value("thalamus_gateway_duration_seconds_bucket{route=\"user\",le=\"1e-05\"}"), 0);
    EXPECT_EQ(e.value("thalamus_gateway_duration_seconds_bucket{route=\"user\",le=\"2e-05\"}"), 3);
    EXPECT_EQ(e.value("thalamus_service_requests_total{service=\"users\",code_class=\"2xx\"}"), 1);
    EXPECT_EQ(e.value("thalamus_upstream_duration_seconds_count{service=\"users\"}"), 3);
}

TEST(metrics, routes_that_were_never_used_are_not_printed) {
    metrics m(snapshot_with({"user", "other"}, {}), 1);
    EXPECT_EQ(m.expose(text_format::prometheus).find("route="), std::string::npos);
    m.shard(0).exchange_finished(finished(1, no_index));
    const std::string text = m.expose(text_format::prometheus);
    EXPECT_NE(text.find("route=\"other\""), std::string::npos);
    EXPECT_EQ(text.find("route=\"user\""), std::string::npos);
}

TEST(metrics, what_no_route_matched_counts_as_none) {
    metrics m(snapshot_with({"user"}, {}), 1);
    m.shard(0).exchange_finished(finished(no_index, no_index, 404));
    m.shard(0).exchange_finished(finished(12345, 12345, 404)); // of another snapshot
    EXPECT_EQ(scrape(m).value("thalamus_requests_total{route=\"none\",code_class=\"4xx\"}"), 2);
}

TEST(metrics, a_route_that_is_called_none_shares_the_series) {
    metrics m(snapshot_with({"a", "none"}, {}), 1);
    m.shard(0).exchange_finished(finished(1, no_index));
    m.shard(0).exchange_finished(finished(no_index, no_index));
    EXPECT_EQ(scrape(m).value("thalamus_requests_total{route=\"none\",code_class=\"2xx\"}"), 2);
}

TEST(metrics, times_that_were_not_measured_are_not_counted) {
    metrics m(snapshot_with({"a"}, {"s"}), 1);
    exchange_record r = finished(0, 0, 503);
    r.attempts = 0, r.own = 0ns, r.upstream = 0ns;
    m.shard(0).exchange_finished(r);
    const exposition e = scrape(m);
    EXPECT_EQ(e.value("thalamus_gateway_duration_seconds_count{route=\"a\"}"), 0);
    EXPECT_EQ(e.value("thalamus_upstream_duration_seconds_count{service=\"s\"}"), 0);
    EXPECT_EQ(e.value("thalamus_service_requests_total{service=\"s\",code_class=\"5xx\"}"), 1);
}

TEST(metrics, odd_statuses_have_a_class) {
    metrics m(snapshot_with({"a"}, {}), 1);
    for (const unsigned status : {0u, 99u, 600u, 4294967295u})
        m.shard(0).exchange_finished(finished(0, no_index, status));
    m.shard(0).exchange_finished(finished(0, no_index, 101));
    const exposition e = scrape(m);
    EXPECT_EQ(e.value("thalamus_requests_total{route=\"a\",code_class=\"none\"}"), 4);
    EXPECT_EQ(e.value("thalamus_requests_total{route=\"a\",code_class=\"1xx\"}"), 1);
}

TEST(metrics, gauges_and_counters_add_up_over_reactors) {
    metrics m(snapshot_with({}, {"s", "t"}), 2);
    m.shard(0).add(gauge::client_connections, 5);
    m.shard(1).add(gauge::client_connections, 1);
    m.shard(1).add(gauge::client_connections, -3);
    m.shard(0).add(counter::requests_refused);
    m.shard(1).add(counter::requests_refused, 2);
    m.shard(0).add(1, service_gauge::requests_waiting, 1); // begun on one reactor
    m.shard(1).add(1, service_gauge::requests_waiting, -1);
    m.shard(0).add(0, service_counter::retries, 4);
    m.shard(0).add(no_index, service_counter::retries); // of no service: ignored
    m.shard(0).add(no_index, service_gauge::requests_waiting, 1);
    const exposition e = scrape(m);
    EXPECT_EQ(e.value("thalamus_client_connections"), 3);
    EXPECT_EQ(e.value("thalamus_requests_refused_total"), 3);
    EXPECT_EQ(e.value("thalamus_service_requests_waiting{service=\"t\"}"), 0);
    EXPECT_EQ(e.value("thalamus_service_retries_total{service=\"s\"}"), 4);
    EXPECT_EQ(e.value("thalamus_service_retries_total{service=\"t\"}"), 0);
}

TEST(metrics, a_gauge_that_is_below_nought_for_a_moment_is_said_so) {
    metrics m(snapshot_with({}, {}), 1);
    m.shard(0).add(gauge::tunnels, -1);
    EXPECT_EQ(scrape(m).value("thalamus_tunnels"), -1);
}

TEST(metrics, targets_are_asked_on_every_scrape_and_merged) {
    metrics m(snapshot_with({}, {"s"}), 1);
    int asked = 0;
    m.on_scrape_targets([&]() -> std::vector<target_state> {
        ++asked;
        return {{"s", "a:1", true, false, 2},
                {"s", "b:1", false, true, 0},
                {"s", "a:1", true, true, 3}};
    });
    const exposition e = scrape(m);
    EXPECT_EQ(e.value("thalamus_target_healthy{service=\"s\",target=\"a:1\"}"), 1);
    EXPECT_EQ(e.value("thalamus_target_healthy{service=\"s\",target=\"b:1\"}"), 0);
    EXPECT_EQ(e.value("thalamus_target_ejected{service=\"s\",target=\"a:1\"}"), 1);
    EXPECT_EQ(e.value("thalamus_target_requests_in_flight{service=\"s\",target=\"a:1\"}"), 5);
    scrape(m);
    EXPECT_EQ(asked, 2);
}

TEST(metrics, counter_sources) {
    metrics m(snapshot_with({}, {}), 1);
    double value = 7;
    m.add_counter_source("thalamus_access_log_dropped_total", "Lines\nlost.",
                         [&] { return value; });
    m.add_counter_source("thalamus_other", "Others.", [] { return 1.5; });
    EXPECT_EQ(scrape(m).value("thalamus_access_log_dropped_total"), 7);
    value = 8;
    EXPECT_EQ(scrape(m).value("thalamus_access_log_dropped_total"), 8);
    EXPECT_EQ(scrape(m).value("thalamus_other_total"), 1.5);
    EXPECT_EQ(scrape_open_metrics(m).value("thalamus_other_total"), 1.5);
    EXPECT_THROW(m.add_counter_source("thalamus_other_total", "", [] { return 0.; }),
                 std::invalid_argument);
    EXPECT_THROW(m.add_counter_source("thalamus_no-name", "", [] { return 0.; }),
                 std::invalid_argument);
    EXPECT_THROW(m.add_counter_source("other", "", [] { return 0.; }), std::invalid_argument);
}

TEST(metrics, versions_and_the_process) {
    metrics m(snapshot_with({}, {}), 1);
    EXPECT_EQ(m.expose(text_format::prometheus).find("thalamus_build_info"), std::string::npos);
    m.set_build_version("0.1.0");
    const exposition e = scrape(m);
    EXPECT_EQ(e.value("thalamus_build_info{version=\"0.1.0\"}"), 1);
    EXPECT_EQ(e.value("thalamus_config_info{version=\"0123456789ab\"}"), 1);
    EXPECT_GT(e.value("process_resident_memory_bytes"), 1e5);
    EXPECT_GT(e.value("process_virtual_memory_bytes"), 1e6);
    EXPECT_GT(e.value("process_open_fds"), 2);
    EXPECT_GE(e.value("process_max_fds"), e.value("process_open_fds"));
    EXPECT_GE(e.value("process_threads"), 1);
    EXPECT_GT(e.value("process_cpu_seconds_total"), 0);
    const double now = static_cast<double>(::time(nullptr));
    EXPECT_NEAR(*e.value("process_start_time_seconds"), now, 3600);
    EXPECT_LE(*e.value("process_start_time_seconds"), now + 1);
}

TEST(metrics, refusals_are_shown_by_way_and_reason_once_there_was_one) {
    auto made = std::make_shared<config::snapshot>();
    made->auth.emplace_back().name = "idp";
    static constexpr std::string_view reasons[] = {"none", "expired"};
    metrics m(made, 2, reasons);
    const std::string series = "thalamus_auth_refusals_total{method=\"idp\",reason=\"expired\"}";
    EXPECT_EQ(scrape(m).value(series), std::nullopt);
    m.shard(0).add_refusal(0, 1);
    m.shard(1).add_refusal(0, 1);
    m.shard(0).add_refusal(1, 1); // no such way
    m.shard(0).add_refusal(0, 2); // no such reason
    EXPECT_EQ(scrape(m).value(series), 2);
    EXPECT_EQ(scrape_open_metrics(m).value(series), 2);
}

TEST(metrics, label_values_are_escaped_in_both_formats) {
    metrics m(snapshot_with({"a\"b\\c\nd"}, {"s{}= ,"}), 1);
    m.shard(0).exchange_finished(finished(0, 0));
    const std::string series =
        "thalamus_requests_total{route=\"a\\\"b\\\\c\\nd\",code_class=\"2xx\"}";
    EXPECT_EQ(scrape(m).value(series), 1);
    EXPECT_EQ(scrape_open_metrics(m).value(series), 1);
    EXPECT_EQ(scrape(m).value("thalamus_service_attempts_total{service=\"s{}= ,\"}"), 0);
}

TEST(metrics, both_formats_hold_the_same_samples) {
    metrics m(snapshot_with({"a", "b"}, {"s"}), 2);
    m.set_build_version("0.1.0");
    for (int i = 0; i < 100; ++i)
        m.shard(static_cast<unsigned>(i % 2)).exchange_finished(finished(0, 0, 200));
    const exposition plain = scrape(m), open = scrape_open_metrics(m);
    EXPECT_EQ(plain.samples.size(), open.samples.size());
    EXPECT_EQ(open.types.at("thalamus_requests"), "counter");
    EXPECT_EQ(plain.types.at("thalamus_requests_total"), "counter");
    EXPECT_EQ(open.value("thalamus_request_duration_seconds_bucket{route=\"a\",le=\"1.0\"}"), 100);
    EXPECT_EQ(open.value("thalamus_request_duration_seconds_bucket{route=\"a\",le=\"+Inf\"}"), 100);
    EXPECT_EQ(open.value("thalamus_request_duration_seconds_count{route=\"a\"}"), 100);
}

TEST(metrics, no_reactors_or_routes_is_still_valid) {
    const metrics m(snapshot_with({}, {}), 0);
    scrape(m);
    scrape_open_metrics(m);
}

TEST(metrics, scrapes_during_traffic_are_valid_and_the_end_is_exact) {
    constexpr unsigned reactors = 2;
    constexpr int count = 50000;
    std::vector<std::string> routes;
    for (int i = 0; i < 20; ++i) routes.push_back("r" + std::to_string(i));
    metrics m(snapshot_with(routes, {"s"}), reactors);
    std::atomic<unsigned> running{reactors};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < reactors; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < count; ++i) {
                m.shard(t).exchange_finished(finished(static_cast<std::size_t>(i % 20), 0));
                m.shard(t).add(gauge::exchanges_in_flight, i % 2 ? -1 : 1);
            }
            --running;
        });
    }
    double last = 0;
    while (running > 0) {
        const double now =
            scrape(m)
                .value("thalamus_service_requests_total{service=\"s\",code_class=\"2xx\"}")
                .value();
        EXPECT_GE(now, last);
        last = now;
    }
    for (auto& thread : threads) thread.join();
    const exposition e = scrape(m);
    EXPECT_EQ(e.value("thalamus_service_requests_total{service=\"s\",code_class=\"2xx\"}"),
              reactors * count);
    EXPECT_EQ(e.value("thalamus_requests_total{route=\"r7\",code_class=\"2xx\"}"),
              reactors * count / 20);
    EXPECT_EQ(e.value("thalamus_exchanges_in_flight"), 0);
}

TEST(metrics, format_by_accept) {
    const auto open = text_format::open_metrics, plain = text_format::prometheus;
    const std::pair<const char*, text_format> table[] = {
        {"", plain},
        {"*/*", plain},
        {"text/plain", plain},
        {"text/html, garbage;;;=, \"", plain},
        {"application/openmetrics-text", open},
        {"Application/OpenMetrics-Text; version=1.0.0; charset=utf-8", open},
        {"application/openmetrics-text; version=\"1.0.0\"", open},
        {"application/openmetrics-text; version=0.0.1", plain},
        {"application/openmetrics-text;version=1.0.0;q=0.5,application/"
         "openmetrics-text;version=0.0.1;q=0.4,"
         "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
         open}, // Prometheus 2
        {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
         "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,*/*;q=0.2",
         open}, // Prometheus 3
        {"application/openmetrics-text;q=0", plain},
        {"application/openmetrics-text;q=0.2, text/plain;q=0.9", plain},
        {"application/openmetrics-text;q=0.2, text/*;q=0.9", plain},
        {"application/openmetrics-text;q=0.2, */*;q=0.9", plain},
        {"text/plain;q=0.1, */*, application/openmetrics-text;q=0.5",
         open}, // the closest mention counts
        {"application/openmetrics-text, text/plain", open},
        {"application/openmetrics-text;q=x", plain},
    };
    for (const auto& [accept, expected] : table)
        EXPECT_EQ(metrics::format_for(accept), expected) << accept;
    EXPECT_EQ(metrics::content_type(plain), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(metrics::content_type(open),
              "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

} // namespace
} // namespace thalamus::observe::metrics_test
