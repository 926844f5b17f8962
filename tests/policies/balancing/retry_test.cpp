#include "policies/balancing/retry.hpp"

#include <gtest/gtest.h>

namespace thalamus::balancing::retry_test {
namespace {

using namespace std::chrono_literals;
using action = retry_decision::action;

constexpr retry_budget::time_point start{1000h};

failed_attempt failed(failure what, std::string_view method = "GET") {
    failed_attempt f;
    f.failure = what;
    f.method = method;
    f.time_left = 10s;
    return f;
}

retry_decision decide(const failed_attempt& f, const config::retry_settings* settings) {
    static base::xoshiro256 random(3);
    retry_budget budget(20);
    return decide_retry(settings, f, budget, start, random);
}

retry_decision decide(const failed_attempt& f, const config::retry_settings& settings = {}) {
    return decide(f, &settings);
}

TEST(retry, tries_again_what_cannot_have_been_processed) {
    for (auto method : {"GET", "POST", "PATCH", "LOCK"}) {
        EXPECT_EQ(decide(failed(failure::connect, method)).result, action::retry) << method;
        EXPECT_EQ(decide(failed(failure::connect_timeout, method)).result, action::retry) << method;
        auto f = failed(failure::reset, method);
        f.unreceived = true;
        EXPECT_EQ(decide(f).result, action::retry) << method;
    }
}

TEST(retry, does_not_take_bytes_for_lost_that_may_be_under_way) {
    config::retry_settings settings;
    settings.on_timeout = true;
    settings.on_status = {{503, 503}};
    for (auto what : {failure::timeout, failure::status, failure::malformed_response}) {
        auto f = failed(what, "POST");
        f.unreceived = true; // not acknowledged yet
        EXPECT_NE(decide(f, settings).result, action::retry);
    }
}

TEST(retry, tries_again_after_a_reset_by_method) {
    EXPECT_EQ(decide(failed(failure::reset, "GET")).result, action::retry);
    EXPECT_EQ(decide(failed(failure::reset, "PUT")).result, action::retry);
    EXPECT_EQ(decide(failed(failure::reset, "POST")).result, action::give_up);
    EXPECT_EQ(decide(failed(failure::reset, "POST")).status, 502u);
    config::retry_settings with_post;
    with_post.methods.push_back("POST");
    EXPECT_EQ(decide(failed(failure::reset, "POST"), with_post).result, action::retry);
    config::retry_settings no_reset;
    no_reset.on_reset = false;
    EXPECT_EQ(decide(failed(failure::reset, "GET"), no_reset).result, action::give_up);
}

TEST(retry, goes_on_at_once_from_a_connection_the_target_closed_while_idle) {
    auto f = failed(failure::reset, "GET");
    f.reused = true;
    f.attempts = 100;
    EXPECT_EQ(decide(f).result, action::retry_fresh);
    EXPECT_EQ(decide(f).delay, 0ms);
    EXPECT_EQ(decide(f, nullptr).result, action::retry_fresh) << "with retry: off too";
    f.method = "POST";
    EXPECT_EQ(decide(f).result, action::give_up) << "it may have been processed";
    f.unreceived = true;
    EXPECT_EQ(decide(f).result, action::retry_fresh);
    f.replayable = false;
    EXPECT_EQ(decide(f).result, action::give_up);
    f.replayable = true;
    f.time_left = 0ms;
    EXPECT_EQ(decide(f).result, action::give_up);
}

TEST(retry, never_repeats_a_body_that_is_gone) {
    for (auto what : {failure::connect, failure::reset, failure::timeout}) {
        auto f = failed(what);
        f.replayable = false;
        EXPECT_EQ(decide(f).result, action::give_up);
    }
}

TEST(retry, waits_for_answers_only_where_told) {
    EXPECT_EQ(decide(failed(failure::timeout)).result, action::give_up);
    EXPECT_EQ(decide(failed(failure::timeout)).status, 504u);
    config::retry_settings settings;
    settings.on_timeout = true;
    EXPECT_EQ(decide(failed(failure::timeout), settings).result, action::retry);
    EXPECT_EQ(decide(failed(failure::timeout, "POST"), settings).result, action::give_up);
    EXPECT_EQ(decide(failed(failure::malformed_response), settings).result, action::give_up);
    EXPECT_EQ(decide(failed(failure::malformed_response), settings).status, 502u);
    EXPECT_EQ(decide(failed(failure::connect_timeout, "GET"), nullptr).status, 504u);
    EXPECT_EQ(decide(failed(failure::connect, "GET"), nullptr).status, 502u);
}

TEST(retry, passes_on_a_status_that_is_not_tried_again) {
    config::retry_settings settings;
    settings.on_status = {{502, 504}, {429, 429}};
    settings.attempts = 3;
    EXPECT_TRUE(is_retried_status(settings, 503));
    EXPECT_TRUE(is_retried_status(settings, 429));
    EXPECT_FALSE(is_retried_status(settings, 500));
    EXPECT_EQ(decide(failed(failure::status), settings).result, action::retry);
    EXPECT_EQ(decide(failed(failure::status, "POST"), settings).result, action::pass_on);
    auto last = failed(failure::status);
    last.attempts = 3;
    EXPECT_EQ(decide(last, settings).result, action::pass_on);
    last.attempts = 1;
    last.replayable = false;
    EXPECT_EQ(decide(last, settings).result, action::pass_on);
}

TEST(retry, ends_with_attempts_and_time) {
    config::retry_settings settings;
    settings.attempts = 3;
    auto f = failed(failure::connect);
    f.attempts = 2;
    EXPECT_EQ(decide(f, settings).result, action::retry);
    f.attempts = 3;
    EXPECT_EQ(decide(f, settings).result, action::give_up);
    f.attempts = 1;
    f.time_left = 1ms;
    EXPECT_EQ(decide(f, settings).result, action::give_up) << "the wait alone would take longer";
}

TEST(retry, waits_longer_each_time_and_never_the_same) {
    config::retry_settings settings;
    settings.attempts = 50;
    settings.backoff = 100ms;
    for (unsigned attempts = 1; attempts < 40; ++attempts) {
        auto f = failed(failure::connect);
        f.attempts = attempts;
        const auto full = std::min(100ms * (1 << std::min(attempts - 1, 10u)), 1000ms);
        auto least = full, most = 0ms;
        for (int i = 0; i < 200; ++i) {
            const auto d = decide(f, settings).delay;
            least = std::min(least, d);
            most = std::max(most, d);
        }
        EXPECT_GE(least, full / 2);
        EXPECT_LE(most, full);
        EXPECT_LT(least + full / 10, most);
    }
    settings.backoff = 0ms;
    EXPECT_EQ(decide(failed(failure::connect), settings).result, action::retry);
    EXPECT_EQ(decide(failed(failure::connect), settings).delay, 0ms);
}

TEST(retry_budget, is_a_share_of_the_requests_but_three_in_any_case) {
    retry_budget budget(20);
    EXPECT_TRUE(budget.take(start));
    EXPECT_TRUE(budget.take(start));
    EXPECT_TRUE(budget.take(start));
    EXPECT_FALSE(budget.take(start));
    for (int i = 0; i < 100; ++i) budget.count_request(start + std::chrono::milliseconds(i * 90));
    int taken = 3;
    while (budget.take(start + 9s)) ++taken;
    EXPECT_EQ(taken, 20);
    EXPECT_FALSE(budget.take(start + 9900ms));
}

TEST(retry_budget, forgets_after_ten_seconds) {
    retry_budget budget(20);
    for (int i = 0; i < 1000; ++i) budget.count_request(start);
    int taken = 0;
    while (budget.take(start + 9s)) ++taken;
    EXPECT_EQ(taken, 200);
    EXPECT_FALSE(budget.take(start + 10s)) << "the requests are gone, their retries are not";
    EXPECT_TRUE(budget.take(start + 19s));
}

TEST(retry_budget, of_nothing_allows_nothing) {
    retry_budget none(0);
    for (int i = 0; i < 1000; ++i) none.count_request(start);
    EXPECT_FALSE(none.take(start));
}

TEST(retry_budget, bounds_what_a_dead_service_costs) {
    retry_budget budget(20);
    base::xoshiro256 random(4);
    config::retry_settings settings;
    int retries = 0;
    for (int i = 0; i < 10000; ++i) {
        const auto now = start + std::chrono::milliseconds(i * 10);
        budget.count_request(now);
        retries += decide_retry(&settings, failed(failure::connect), budget, now, random).result ==
                   action::retry;
    }
    EXPECT_LE(retries, 2000 + 3);
    EXPECT_GE(retries, 1700);
}

} // namespace
} // namespace thalamus::balancing::retry_test
