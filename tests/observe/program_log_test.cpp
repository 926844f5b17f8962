#include "observe/program_log.hpp"
#include "tests/observe/temporary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace thalamus::observe::program_log_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

template <class Say>
std::string said(Say say) {
    testing::internal::CaptureStderr();
    say();
    return testing::internal::GetCapturedStderr();
}

TEST(program_log, one_line_with_time_level_and_text) {
    start_program_log(log_level::info);
    const std::string line = said([] { log(log_level::warn, "target {} is down: {}", "a:1", 42); });
    EXPECT_THAT(line, MatchesRegex(
                          "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z warn  "
                          "target a:1 is down: 42\n"));
}

TEST(program_log, the_level_decides) {
    start_program_log(log_level::warn);
    EXPECT_FALSE(logs(log_level::info));
    EXPECT_TRUE(logs(log_level::error));
    const std::string text = said([] {
        log(log_level::info, "quiet");
        log(log_level::error, "loud");
    });
    EXPECT_THAT(text, Not(HasSubstr("quiet")));
    EXPECT_THAT(text, HasSubstr("error loud"));
    start_program_log(log_level::off);
    EXPECT_FALSE(logs(log_level::error));
    EXPECT_FALSE(logs(log_level::off));
    EXPECT_EQ(said([] { log(log_level::error, "nothing"); }), "");
    start_program_log(log_level::trace);
    EXPECT_THAT(said([] { log(log_level::trace, "detail"); }), HasSubstr("trace detail"));
    start_program_log(log_level::info);
}

TEST(program_log, values_cannot_forge_lines) {
    const std::string text = said([] {
        log(log_level::warn, "path {}", "/\n2026-01-01T00:00:00.000Z error forged\r\x1b[2J\xff");
        log_text(log_level::warn, "braces {} stay");
    });
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
    EXPECT_THAT(text,
                HasSubstr("path /\\n2026-01-01T00:00:00.000Z error forged\\r\\x1b[2J\\xff\n"));
    EXPECT_THAT(text, HasSubstr("braces {} stay\n"));
}

TEST(program_log, long_lines_are_cut) {
    const std::string text = said([] { log_text(log_level::warn, std::string(10000, 'x')); });
    EXPECT_EQ(text.size(), 4096u);
    EXPECT_THAT(text, testing::EndsWith("x…\n"));
}

TEST(program_log, threads_do_not_mix_their_lines) {
    const std::string text = said([] {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([t] {
                for (int i = 0; i < 200; ++i)
                    log_text(log_level::info, std::string(100, static_cast<char>('a' + t)));
            });
        }
        for (auto& thread : threads) thread.join();
    });
    std::istringstream lines(text);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        ASSERT_GE(line.size(), 100u);
        const std::string payload = line.substr(line.size() - 100);
        ASSERT_EQ(payload, std::string(100, payload[0]));
    }
    EXPECT_EQ(count, 800);
}

TEST(program_log, a_stuck_stderr_stops_nobody_and_the_loss_is_said) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    const int kept = ::dup(STDERR_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    for (int i = 0; i < 1000; ++i)
        log_text(log_level::info, std::string(200, 'x')); // three pipes full
    std::string text;
    char part[4096];
    const auto read_on = [&] {
        for (ssize_t n; (n = ::read(ends[0], part, sizeof part)) > 0;)
            text.append(part, static_cast<std::size_t>(n));
    };
    read_on();
    log_text(log_level::info, "again");
    read_on();
    ::dup2(kept, STDERR_FILENO);
    for (const int fd : {kept, ends[0], ends[1]}) ::close(fd);

    const auto passed = std::count(text.begin(), text.end(), '\n') - 2;
    EXPECT_GT(passed, 100);
    EXPECT_LT(passed, 1000);
    EXPECT_THAT(text, HasSubstr("warn  " + std::to_string(1000 - passed) + " log lines were lost"));
    EXPECT_THAT(text, testing::EndsWith("info  again\n"));
}

TEST(log_limit, passes_so_many_per_second_and_says_how_many_did_not) {
    log_limit limit{2};
    const std::chrono::steady_clock::time_point start{1000s};
    EXPECT_TRUE(limit.ask(start).pass);
    EXPECT_TRUE(limit.ask(start + 1ms).pass);
    for (int i = 0; i < 5; ++i) {
        const auto verdict = limit.ask(start + 999ms);
        EXPECT_FALSE(verdict.pass);
        EXPECT_EQ(verdict.suppressed, 0u);
    }
    const auto next = limit.ask(start + 1s);
    EXPECT_TRUE(next.pass);
    EXPECT_EQ(next.suppressed, 5u);
    EXPECT_EQ(limit.ask(start + 1s).suppressed, 0u);
}

TEST(log_limit, is_exact_between_threads) {
    log_limit limit{100};
    const std::chrono::steady_clock::time_point now{1000s};
    std::atomic<int> passed{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 10000; ++i) passed += limit.ask(now).pass;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(passed, 100);
}

TEST(log_limit, the_line_says_what_was_held_back) {
    log_limit none{0};
    EXPECT_EQ(said([&] { log_limited(none, log_level::warn, "never {}", 1); }), "");
    log_limit some{1000};
    EXPECT_THAT(said([&] { log_limited(some, log_level::warn, "now {}", 1); }),
                HasSubstr("warn  now 1\n"));
}

} // namespace
} // namespace thalamus::observe::program_log_test
