// Bytes leave as they arrive, in both directions, and memory stays flat whatever the size and
// whoever is slow. $THALAMUS_BIG=1 moves 10 GB instead of 1 GiB.

#include "tests/support/plain_gateway.hpp"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>

namespace thalamus::test::streaming_test {
namespace {

constexpr std::size_t mib = 1 << 20;
constexpr std::size_t block_size = 256 * 1024;

std::uint64_t large_size() { return std::getenv("THALAMUS_BIG") ? 10'000'000'000 : 1024 * mib; }

/// An endless pattern; any stretch of it can be compared by its position.
class pattern {
public:
    pattern() : bytes_(block_size + period, '\0') {
        for (std::size_t i = 0; i < bytes_.size(); ++i)
            bytes_[i] = static_cast<char>(i % period * 37);
    }
    std::string_view at(std::uint64_t position, std::size_t size) const {
        return std::string_view(bytes_).substr(position % period, std::min(size, block_size));
    }
    /// How many bytes were shown so far, or throws at the first that differs.
    void check(std::uint64_t& position, std::string_view bytes) const {
        while (!bytes.empty()) {
            auto expected = at(position, bytes.size());
            if (bytes.substr(0, expected.size()) != expected)
                throw test_error("wrong bytes near " + std::to_string(position));
            position += expected.size();
            bytes.remove_prefix(expected.size());
        }
    }

private:
    static constexpr std::size_t period = 251;
    std::string bytes_;
};

const pattern all_bytes;

void send_pattern(std::uint64_t size, const std::function<void(std::string_view)>& send) {
    for (std::uint64_t at = 0; at < size;) {
        auto part = all_bytes.at(
            at, static_cast<std::size_t>(std::min<std::uint64_t>(size - at, block_size)));
        send(part);
        at += part.size();
    }
}

/// Watches a process's memory from a thread of its own.
class memory_watch {
public:
    explicit memory_watch(process& of) : before_(of.resident_bytes()), most_(before_) {
        thread_ = std::thread([this, &of] {
            while (!done_.wait(20ms)) most_ = std::max(most_, of.resident_bytes());
        });
    }
    ~memory_watch() { stop(); }
    /// MiB above the start; ends the watch.
    double growth() {
        stop();
        return static_cast<double>(most_ - before_) / mib;
    }

private:
    void stop() {
        done_.open();
        if (thread_.joinable()) thread_.join();
    }
    std::size_t before_, most_;
    gate done_;
    std::thread thread_;
};

TEST(streaming, events_arrive_one_by_one) {
    constexpr int count = 20;
    gate gates[count];
    recording_target target([&](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: "
               "chunked\r\n\r\n");
        for (auto& one : gates) {
            x.wait(one);
            x.send(chunk("data: event\n\n"));
        }
        x.send(last_chunk);
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send(request_text("GET", "/events"));
    auto head = client.read_head();
    EXPECT_EQ(head.get("Content-Type"), "text/event-stream");
    const auto event = chunk("data: event\n\n");
    int late = 0;
    for (auto& one : gates) {
        ASSERT_TRUE(client.silent_for(5ms));
        stopwatch since;
        one.open();
        ASSERT_EQ(client.read_exactly(event.size()), event);
        late += since.elapsed() > 50ms;
    }
    EXPECT_LE(late, 1) << "of " << count << " took more than 50 ms";
    EXPECT_EQ(client.read_exactly(last_chunk.size()), last_chunk);
}

TEST(streaming, an_event_stream_outlives_the_request_timeout) {
    gate more;
    recording_target target([&](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
        x.wait(more);
        x.send("data: 2\n\n");
        x.close();
    });
    plain_gateway gateway(target, "timeouts: {request: 200ms}", ", timeout: 200ms",
                          ", timeout: 200ms");
    raw_client client(gateway.port());
    client.send(request_text("GET", "/"));
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_NE(client.read_some().find("data: 1"), std::string::npos);
    EXPECT_TRUE(client.silent_for(500ms));
    more.open();
    EXPECT_NE(client.read_some().find("data: 2"), std::string::npos);
}

TEST(streaming, an_answer_that_stalls_is_cut_off) {
    gate never;
    recording_target target([&](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        x.wait(never);
        x.close();
    });
    plain_gateway gateway(target, "timeouts: {body_idle: 300ms}");
    raw_client client(gateway.port());
    client.send(request_text("GET", "/"));
    stopwatch waited;
    EXPECT_THROW(client.read(), connection_lost);
    EXPECT_LT(waited.elapsed(), 2s);
    never.open();
}

TEST(streaming, question_and_answer_flow_at_the_same_time) {
    recording_target target([](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        std::string seen;
        for (std::ptrdiff_t answered = 0; seen.find("0\r\n\r\n") == std::string::npos;) {
            auto bytes = x.receive_raw();
            if (bytes.empty()) break;
            seen += bytes;
            auto questions = std::count(seen.begin(), seen.end(), '!');
            if (questions > answered) x.send(chunk(std::to_string(answered = questions)));
        }
        x.send(last_chunk);
        x.close();
    });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(client.read_head().status, 200);
    for (int i = 1; i <= 5; ++i) {
        client.send(chunk("ping!"));
        const auto expected = chunk(std::to_string(i));
        ASSERT_EQ(client.read_exactly(expected.size()), expected);
    }
    client.send(last_chunk);
    EXPECT_NE(client.read_until_close().find("0\r\n\r\n"), std::string::npos);
}

TEST(streaming, a_large_download_keeps_memory_flat) {
    const auto size = large_size();
    recording_target target([&](target_exchange& x) {
        if (x.head.target == "/small") return x.answer(200);
        bool chunked = x.head.target == "/chunked";
        x.send(
            "HTTP/1.1 200 OK\r\n" +
            (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + std::to_string(size)) +
            "\r\n\r\n");
        send_pattern(size, [&](std::string_view part) {
            x.send(chunked ? chunk(part) : std::string(part));
        });
        if (chunked) x.send(last_chunk);
    });
    plain_gateway gateway(target);
    for (std::string path : {"/small", "/length", "/chunked"}) {
        memory_watch memory(gateway.program());
        raw_client client(gateway.port());
        client.send(request_text("GET", path));
        auto head = client.read_head();
        ASSERT_EQ(head.status, 200);
        std::uint64_t got = 0;
        client.reader().read_body(
            head, true,
            [&](std::string_view part) { path == "/small" ? void() : all_bytes.check(got, part); },
            300s);
        EXPECT_EQ(got, path == "/small" ? 0 : size);
        EXPECT_LT(memory.growth(), 20);
    }
}

TEST(streaming, a_large_upload_keeps_memory_flat) {
    const auto size = large_size();
    recording_target target([](target_exchange& x) {
        x.read_body(300s);
        x.answer(200);
    });
    plain_gateway gateway(target, "limits: {body: 100GiB}\ntimeouts: {request: 10m}",
                          ", timeout: 10m");
    ASSERT_EQ(gateway.get("/").status, 200);
    for (bool chunked : {false, true}) {
        target.forget();
        auto before = target.bytes_received();
        memory_watch memory(gateway.program());
        raw_client client(gateway.port());
        client.send(
            "POST / HTTP/1.1\r\nHost: test\r\n" +
            (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + std::to_string(size)) +
            "\r\n\r\n");
        send_pattern(size, [&](std::string_view part) {
            client.send(chunked ? chunk(part) : std::string(part), 60s);
        });
        if (chunked) client.send(last_chunk);
        EXPECT_EQ(client.read("POST", 60s).status, 200);
        EXPECT_GE(target.bytes_received() - before, size);
        std::uint64_t position = 0;
        EXPECT_NO_THROW(all_bytes.check(position, target.last_request().body));
        EXPECT_EQ(position, mib);
        EXPECT_LT(memory.growth(), 20);
    }
}

/// Waits until a number stands still, and returns it.
template <class Number>
std::uint64_t settled(Number number) {
    std::uint64_t last = number();
    deadline until = 20s;
    for (stopwatch still; still.elapsed() < 300ms && !until.passed();) {
        std::this_thread::sleep_for(10ms);
        if (auto now = number(); now != last) {
            last = now;
            still = {};
        }
    }
    return last;
}

TEST(streaming, clients_that_do_not_read_hold_the_target_back) {
    constexpr std::uint64_t size = 64 * mib;
    recording_target target([&](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
        send_pattern(size, [&](std::string_view part) { x.send(part, 60s); });
    });
    plain_gateway gateway(target);
    constexpr std::size_t count = 20;
    memory_watch memory(gateway.program());
    std::vector<std::unique_ptr<raw_client>> clients;
    for (std::size_t i = 0; i < count; ++i)
        clients.emplace_back(std::make_unique<raw_client>(gateway.port(), 16 * 1024))
            ->send(request_text("GET", "/"));
    auto sent = settled([&] { return target.bytes_sent(); });
    EXPECT_GT(sent, 0u);
    EXPECT_LT(sent, count * size / 4) << "the target is not held back";
    EXPECT_EQ(gateway.ask("HEAD", "/").status, 200) << "others are served";
    auto answer = clients[0]->read("GET", 60s);
    std::uint64_t position = 0;
    EXPECT_NO_THROW(all_bytes.check(position, answer.body));
    EXPECT_EQ(position, size);
    EXPECT_LT(memory.growth(), 20);
}

TEST(streaming, a_target_that_does_not_read_holds_the_client_back) {
    gate read;
    recording_target target([&](target_exchange& x) {
        x.wait(read);
        x.read_body(60s);
        x.answer(200);
    });
    plain_gateway gateway(target, "limits: {body: 1GiB}");
    constexpr std::uint64_t size = 256 * mib;
    memory_watch memory(gateway.program());
    raw_client client(gateway.port());
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(size) +
                "\r\n\r\n");
    std::atomic<std::uint64_t> sent = 0;
    std::thread sender([&] {
        try {
            send_pattern(size, [&](std::string_view part) {
                client.send(part, 60s);
                sent += part.size();
            });
        } catch (const test_error& error) {
            ADD_FAILURE() << error.what();
        }
    });
    EXPECT_LT(settled([&] { return sent.load(); }), size / 4);
    read.open();
    sender.join();
    EXPECT_EQ(client.read("POST", 60s).status, 200);
    EXPECT_LT(memory.growth(), 20);
}

TEST(streaming, a_slow_writer_s_bytes_reach_the_target_at_once) {
    recording_target target([](target_exchange& x) { x.answer(200, x.read_body()); });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return target.bytes_received() > 0; }))
        << "the head goes on at once";
    const auto head = settled([&] { return target.bytes_received(); });
    for (std::size_t i = 1; i <= 10; ++i) {
        client.send("x");
        ASSERT_TRUE(eventually([&] { return target.bytes_received() == head + i; }));
    }
    EXPECT_EQ(client.read().body, "xxxxxxxxxx");
}

} // namespace
} // namespace thalamus::test::streaming_test
