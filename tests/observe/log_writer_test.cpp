#include "observe/log_writer.hpp"
#include "tests/observe/temporary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace thalamus::observe::log_writer_test {
namespace {

using namespace std::chrono_literals;

/// The reading end of a named pipe that the writer under test opens by its path.
class pipe_reader {
public:
    explicit pipe_reader(const std::string& path) {
        EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
        fd_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
        EXPECT_GE(fd_, 0);
    }
    ~pipe_reader() { close(); }
    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }
    int bytes_there() {
        int bytes = 0;
        EXPECT_EQ(::ioctl(fd_, FIONREAD, &bytes), 0);
        return bytes;
    }
    std::string read_what_is_there() {
        std::string text;
        char part[65536];
        for (ssize_t n; (n = ::read(fd_, part, sizeof part)) > 0;)
            text.append(part, static_cast<std::size_t>(n));
        return text;
    }

private:
    int fd_ = -1;
};

std::uint64_t count_lines(const std::string& text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(log_writer, lines_of_all_rings_arrive_whole_and_in_order) {
    const temporary_directory directory;
    constexpr unsigned producers = 3;
    constexpr std::uint64_t count = 20000;
    const auto writer = log_writer::start(
        {.to = directory / "log", .rings = producers, .ring_bytes = 1 << 14, .linger = 1ms});
    std::vector<std::thread> threads;
    for (unsigned p = 0; p < producers; ++p) {
        threads.emplace_back([&, p] {
            for (std::uint64_t i = 0; i < count; ++i) {
                writer->push(p, std::to_string(p) + " " + std::to_string(i) + " " +
                                    std::string(i % 60, 'x') + "$\n");
            }
        });
    }
    for (auto& thread : threads) thread.join();
    writer->stop();

    EXPECT_EQ(writer->written() + writer->dropped(), producers * count);
    std::istringstream text(read_file(directory / "log"));
    std::map<unsigned, std::uint64_t> next;
    std::uint64_t lines = 0;
    for (std::string line; std::getline(text, line); ++lines) {
        std::istringstream fields(line);
        unsigned producer;
        std::uint64_t number;
        std::string rest;
        fields >> producer >> number >> rest;
        ASSERT_EQ(rest, std::string(number % 60, 'x') + "$") << line;
        ASSERT_GE(number, next[producer]) << line;
        next[producer] = number + 1;
    }
    EXPECT_EQ(lines, writer->written());
    EXPECT_GT(lines, 0u);
}

TEST(log_writer, the_first_line_after_rest_is_written_without_a_further_one) {
    const temporary_directory directory;
    const auto writer = log_writer::start({.to = directory / "log", .linger = 1ms});
    for (std::uint64_t i = 1; i <= 200; ++i) { // most rounds find the thread idle or about to be
        writer->push(0, "line\n");
        ASSERT_TRUE(wait_until([&] { return writer->written() == i; })) << i;
    }
    writer->stop();
    EXPECT_EQ(count_lines(read_file(directory / "log")), 200u);
}

TEST(log_writer, a_half_full_ring_is_written_before_the_linger_is_over) {
    const temporary_directory directory;
    const auto writer =
        log_writer::start({.to = directory / "log", .ring_bytes = 1024, .linger = 1h});
    writer->push(0, "first\n");
    ASSERT_TRUE(wait_until([&] { return writer->written() == 1; }));
    // From here the thread lingers for an hour, or is about to; only a full ring can wake it.
    const std::string line = std::string(99, 'x') + "\n";
    for (int i = 0; i < 5; ++i) writer->push(0, line);
    ASSERT_TRUE(wait_until([&] {
        if (writer->written() == 1) writer->push(0, line); // the thread may not have lingered yet
        return writer->written() > 1;
    }));
    writer->stop();
}

TEST(log_writer, a_stuck_pipe_drops_lines_and_never_blocks_the_pusher) {
    const temporary_directory directory;
    pipe_reader reader(directory / "pipe");
    const auto writer =
        log_writer::start({.to = directory / "pipe", .ring_bytes = 1 << 14, .linger = 1ms});
    const std::string line = std::string(199, 'x') + "\n";
    std::uint64_t pushed = 0;
    // A pipe holds 64 KiB, the ring 16: nothing more can be taken.
    ASSERT_TRUE(wait_until([&] {
        writer->push(0, line);
        ++pushed;
        return writer->dropped() >= 1000;
    }));
    std::string text;
    ASSERT_TRUE(wait_until([&] {
        text += reader.read_what_is_there();
        return writer->written() + writer->dropped() == pushed;
    }));
    writer->push(0, "it goes on\n");
    ASSERT_TRUE(wait_until([&] { return writer->written() + writer->dropped() == pushed + 1; }));
    writer->stop();
    text += reader.read_what_is_there();
    EXPECT_EQ(count_lines(text), writer->written());
    EXPECT_EQ(text.size(), (writer->written() - 1) * line.size() + 11);
    EXPECT_TRUE(text.ends_with("x\nit goes on\n"));
}

TEST(log_writer, stops_in_time_though_the_pipe_is_stuck) {
    const temporary_directory directory;
    pipe_reader reader(directory / "pipe");
    const auto writer = log_writer::start(
        {.to = directory / "pipe", .ring_bytes = 1 << 17, .linger = 1ms, .end_within = 50ms});
    const std::string line = std::string(199, 'x') + "\n";
    constexpr std::uint64_t pushed = 600; // 120 KB: the ring holds it, the pipe does not
    for (std::uint64_t i = 0; i < pushed; ++i) writer->push(0, line);
    const auto before = std::chrono::steady_clock::now();
    writer->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
    EXPECT_GT(writer->dropped(), 0u);
    EXPECT_EQ(writer->written() + writer->dropped(), pushed);
    EXPECT_EQ(count_lines(reader.read_what_is_there()), writer->written());
}

TEST(log_writer, stop_writes_what_is_queued) {
    const temporary_directory directory;
    const auto writer = log_writer::start({.to = directory / "log", .rings = 2, .linger = 1h});
    for (int i = 0; i < 100; ++i) writer->push(static_cast<unsigned>(i % 2), "line\n");
    writer->stop();
    EXPECT_EQ(writer->written(), 100u);
    EXPECT_EQ(count_lines(read_file(directory / "log")), 100u);
}

TEST(log_writer, after_reopen_lines_go_to_the_new_file) {
    const temporary_directory directory;
    const auto writer = log_writer::start({.to = directory / "log", .linger = 1ms});
    writer->push(0, "before\n");
    ASSERT_TRUE(wait_until([&] { return writer->written() == 1; }));
    std::filesystem::rename(directory / "log", directory / "log.1");
    writer->reopen();
    writer->push(0, "after\n");
    writer->stop();
    EXPECT_EQ(read_file(directory / "log.1"), "before\n");
    EXPECT_EQ(read_file(directory / "log"), "after\n");
}

TEST(log_writer, a_line_begun_in_one_destination_does_not_go_on_in_another) {
    const temporary_directory directory;
    pipe_reader reader(directory / "log");
    const auto writer =
        log_writer::start({.to = directory / "log", .ring_bytes = 1 << 18, .linger = 1ms});
    writer->push(0, std::string(100000, 'x') + "\n"); // more than a pipe holds
    std::string text;
    ASSERT_TRUE(wait_until([&] { return reader.bytes_there() == 65536; }));
    writer->push(0, "next\n");
    std::filesystem::rename(directory / "log", directory / "log.1");
    writer->reopen();
    ASSERT_TRUE(wait_until([&] { return writer->written() == 1; }));
    writer->stop();
    EXPECT_EQ(read_file(directory / "log"), "next\n");
    EXPECT_EQ(writer->dropped(), 1u);
}

TEST(log_writer, goes_on_where_it_was_if_the_destination_is_the_same_after_reopening) {
    const temporary_directory directory;
    pipe_reader reader(directory / "log");
    const auto writer =
        log_writer::start({.to = directory / "log", .ring_bytes = 1 << 18, .linger = 1ms});
    const std::string line = std::string(100000, 'x') + "\n";
    writer->push(0, line);
    ASSERT_TRUE(wait_until([&] { return reader.bytes_there() == 65536; }));
    writer->reopen();
    std::string text;
    ASSERT_TRUE(wait_until([&] {
        text += reader.read_what_is_there();
        return text.size() == line.size();
    }));
    EXPECT_EQ(text, line);
    writer->stop();
    EXPECT_EQ(writer->dropped(), 0u);
}

TEST(log_writer, many_reopens_under_load_lose_nothing) {
    const temporary_directory directory;
    const auto writer = log_writer::start({.to = directory / "log", .linger = 1ms});
    std::atomic<bool> done{false};
    std::thread rotator([&] {
        while (!done) {
            writer->reopen();
            std::this_thread::yield();
        }
    });
    for (int i = 0; i < 5000; ++i) writer->push(0, std::to_string(i) + "\n");
    done = true;
    rotator.join();
    writer->stop();
    EXPECT_EQ(count_lines(read_file(directory / "log")), 5000u);
    EXPECT_EQ(writer->dropped(), 0u);
}

TEST(log_writer, keeps_the_old_file_if_the_new_one_cannot_be_opened) {
    const temporary_directory directory;
    std::filesystem::create_directory(directory / "sub");
    const std::string path = directory / "sub/log";
    const auto writer = log_writer::start({.to = path, .linger = 1ms});
    std::filesystem::rename(directory / "sub", directory / "moved");
    testing::internal::CaptureStderr();
    writer->reopen();
    writer->push(0, "still\n");
    writer->stop();
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("the old file stays in use"), std::string::npos) << said;
    EXPECT_NE(said.find(path), std::string::npos) << said;
    EXPECT_EQ(read_file(directory / "moved/log"), "still\n");
}

TEST(log_writer, a_full_disk_is_counted_and_said_at_a_bounded_rate) {
    testing::internal::CaptureStderr();
    const auto writer = log_writer::start({.to = "/dev/full", .linger = 1ms});
    for (std::uint64_t i = 1; i <= 50; ++i) {
        writer->push(0, "line\n");
        ASSERT_TRUE(wait_until([&] { return writer->dropped() == i; }));
    }
    writer->stop();
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_EQ(writer->written(), 0u);
    EXPECT_NE(said.find("No space left on device"), std::string::npos) << said;
    EXPECT_LT(count_lines(said), 20u) << said;
}

TEST(log_writer, lines_lost_in_the_last_second_are_said_at_the_end) {
    testing::internal::CaptureStderr();
    const auto writer = log_writer::start({.to = "/dev/full", .linger = 1ms});
    for (std::uint64_t i = 1; i <= 3; ++i) {
        writer->push(0, "line\n");
        ASSERT_TRUE(wait_until([&] { return writer->dropped() == i; }));
    }
    writer->stop();
    const std::string said = testing::internal::GetCapturedStderr();
    std::uint64_t sum = 0;
    std::istringstream lines(said);
    for (std::string line; std::getline(lines, line);)
        if (const auto at = line.find(" access log lines were dropped"); at != line.npos)
            sum += std::stoull(line.substr(line.rfind(' ', at - 1) + 1));
    EXPECT_EQ(sum, 3u) << said;
}

TEST(log_writer, a_reader_that_leaves_costs_lines_but_not_the_process) {
    const temporary_directory directory;
    pipe_reader reader(directory / "pipe");
    const auto writer = log_writer::start({.to = directory / "pipe", .linger = 1ms});
    reader.close();
    writer->push(0, "line\n"); // SIGPIPE would end this program
    ASSERT_TRUE(wait_until([&] { return writer->dropped() == 1; }));
    writer->stop();
}

TEST(log_writer, the_fragment_of_a_failed_write_is_ended_before_the_next_line) {
    const temporary_directory directory;
    const auto writer = log_writer::start({.to = directory / "log", .linger = 1ms});
    rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
    const rlimit tight{10, usual.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0); // stands for a disk that fills up
    writer->push(0, "0123456789abcdef\n");
    const bool failed = wait_until([&] { return writer->dropped() == 1; });
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &usual), 0);
    ASSERT_TRUE(failed);
    writer->push(0, "next\n");
    writer->stop();
    EXPECT_EQ(writer->written(), 1u);
    EXPECT_EQ(read_file(directory / "log"), "0123456789\nnext\n");
}

TEST(log_writer, names_the_path_that_cannot_be_opened) {
    try {
        log_writer::start({.to = "/no/such/directory/access.log"});
        FAIL();
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code().value(), ENOENT);
        EXPECT_NE(std::string(error.what()).find("/no/such/directory/access.log"),
                  std::string::npos);
    }
}

} // namespace
} // namespace thalamus::observe::log_writer_test
