#include "observe/access_log.hpp"
#include "tests/observe/temporary.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace thalamus::observe::access_log_test {
namespace {

exchange_record example(std::string_view path) {
    exchange_record r;
    r.method = "GET";
    r.path = path;
    r.status = 200;
    return r;
}

config::log_settings to(std::string where,
                        config::access_format format = config::access_format::json) {
    config::log_settings settings;
    settings.access_to = std::move(where);
    settings.format = format;
    return settings;
}

/// Puts another file in the place of a standard stream, until it is destroyed.
class replaced_stream {
public:
    replaced_stream(int stream, int by) : stream_(stream) {
        ::fflush(nullptr);
        kept_ = ::dup(stream);
        ::dup2(by, stream);
    }
    ~replaced_stream() {
        ::dup2(kept_, stream_);
        ::close(kept_);
    }

private:
    int stream_, kept_;
};

std::string read_all(int fd) {
    std::string text;
    char part[4096];
    for (ssize_t n; (n = ::read(fd, part, sizeof part)) > 0;)
        text.append(part, static_cast<std::size_t>(n));
    return text;
}

TEST(access_log, writes_one_json_line_per_exchange) {
    const temporary_directory directory;
    {
        access_log log(to(directory / "log"), 2);
        log.write(0, example("/a"));
        log.write(1, example("/b\n\"\xFF"));
        EXPECT_TRUE(wait_until([&] { return log.written() == 2; }));
        EXPECT_EQ(log.dropped(), 0u);
    }
    std::istringstream text(read_file(directory / "log"));
    std::vector<std::string> paths;
    for (std::string line; std::getline(text, line);)
        paths.push_back(nlohmann::json::parse(line)["path"]);
    EXPECT_EQ(paths, (std::vector<std::string>{"/a", "/b\n\"\xEF\xBF\xBD"}));
}

TEST(access_log, the_destructor_writes_what_is_queued_and_appends_to_the_file) {
    const temporary_directory directory;
    for (int round = 0; round < 2; ++round) {
        access_log log(to(directory / "log", config::access_format::common), 1);
        for (int i = 0; i < 100; ++i) log.write(0, example("/"));
    }
    const std::string text = read_file(directory / "log");
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 200);
}

TEST(access_log, off_writes_nothing) {
    access_log log(to("off"), 1);
    log.write(0, example("/"));
    log.reopen();
    EXPECT_EQ(log.written(), 0u);
    EXPECT_EQ(log.dropped(), 0u);
}

TEST(access_log, says_what_it_cannot_open) {
    EXPECT_THROW(access_log(to("/no/such/directory/log"), 1), std::system_error);
    EXPECT_THROW(access_log(to("/"), 1), std::system_error);
}

TEST(access_log, a_pipe_as_stdout_stays_blocking_for_those_who_share_it) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    {
        std::unique_ptr<access_log> log;
        {
            const replaced_stream out(STDOUT_FILENO, ends[1]);
            log = std::make_unique<access_log>(to("stdout"), 1);
        }
        EXPECT_EQ(::fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
        log->write(0, example("/a"));
    }
    ::close(ends[1]);
    EXPECT_EQ(nlohmann::json::parse(read_all(ends[0]))["path"], "/a");
    ::close(ends[0]);
}

TEST(access_log, a_pipe_that_may_not_be_opened_again_is_written_with_care) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    constexpr std::uint64_t count = 2000;
    {
        std::unique_ptr<access_log> log;
        {
            const replaced_stream out(STDERR_FILENO, ends[1]);
            ASSERT_EQ(::seteuid(65534), 0);
            EXPECT_LT(::open("/proc/self/fd/2", O_WRONLY), 0);
            log = std::make_unique<access_log>(to("stderr"), 1);
            ASSERT_EQ(::seteuid(0), 0);
        }
        ::close(ends[1]);
        for (std::uint64_t i = 0; i < count; ++i) log->write(0, example("/a"));
        std::string text; // the pipe is full by now: the log goes on as it is read
        char part[4096];
        while (std::count(text.begin(), text.end(), '\n') < static_cast<std::ptrdiff_t>(count)) {
            const ssize_t n = ::read(ends[0], part, sizeof part);
            ASSERT_GT(n, 0);
            text.append(part, static_cast<std::size_t>(n));
        }
        EXPECT_TRUE(wait_until([&] { return log->written() == count; }));
    }
    ::close(ends[0]);
}

TEST(access_log, a_socket_as_stdout_is_written_without_blocking) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    {
        std::unique_ptr<access_log> log;
        {
            const replaced_stream out(STDOUT_FILENO, ends[1]);
            log = std::make_unique<access_log>(to("stdout"), 1);
        }
        EXPECT_EQ(::fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
        log->write(0, example("/a"));
    }
    ::close(ends[1]);
    EXPECT_EQ(nlohmann::json::parse(read_all(ends[0]))["path"], "/a");
    ::close(ends[0]);
}

TEST(access_log, a_file_as_stdout_keeps_its_shared_position) {
    const temporary_directory directory;
    const int file =
        ::open((directory / "out").c_str(), O_WRONLY | O_CREAT, 0600); // as `> out` does
    {
        std::unique_ptr<access_log> log;
        {
            const replaced_stream out(STDOUT_FILENO, file);
            log = std::make_unique<access_log>(to("stdout", config::access_format::common), 1);
        }
        EXPECT_EQ(::write(file, "hello\n", 6), 6);
        log->write(0, example("/a"));
    }
    EXPECT_EQ(::write(file, "bye\n", 4), 4);
    ::close(file);
    const std::string text = read_file(directory / "out");
    EXPECT_TRUE(text.starts_with("hello\n- - - [")) << text;
    EXPECT_TRUE(text.ends_with("\"-\"\nbye\n")) << text;
}

} // namespace
} // namespace thalamus::observe::access_log_test
