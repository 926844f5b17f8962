// http1_reader and http1_writer over a socket pair: every framing, every way the bytes may be cut.
#include "net/actor_runtime.hpp"
#include "net/http1_reader.hpp"
#include "net/http1_writer.hpp"
#include "net/on_reactor.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <future>

namespace thalamus::net::connection_halves_test {
namespace {

using http::body_framing;

/// A socket of a real reactor on one end, a plain descriptor on the other. What is done with the
/// socket is done on the reactor.
class connection_halves : public ::testing::Test, private socket::owner {
protected:
    connection_halves() : system_(config_), home_(*reactors_of(system_).front()) {
        int fds[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
        peer_ = fds[1];
        const int small = 4096;
        ::setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        on_reactor([&] {
            socket_.emplace(home_.sockets(), static_cast<socket::owner&>(*this));
            socket_->adopt(fds[0]);
            reader_.emplace(*socket_, home_.buffers());
            writer_.emplace(*socket_, home_.buffers());
        });
    }
    ~connection_halves() override {
        on_reactor([&] {
            writer_.reset();
            reader_.reset();
            socket_.reset();
        });
        ::close(peer_);
    }

    void on_reactor(const std::function<void()>& f) { net::on_reactor(home_, f); }
    void peer_sends(std::string_view bytes) {
        ASSERT_EQ(::send(peer_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    }
    std::string peer_reads() {
        std::string all;
        char some[65536];
        for (ssize_t n; (n = ::recv(peer_, some, sizeof some, MSG_DONTWAIT)) > 0;)
            all.append(some, static_cast<std::size_t>(n));
        return all;
    }
    /// Decodes what there is; the last piece's state, the data added to `body`.
    body_source::state read_some(std::string& body) {
        for (;;) {
            const auto piece = reader_->peek();
            if (piece.what != body_source::state::data) return piece.what;
            body.append(piece.bytes);
            reader_->consume(piece.bytes.size());
        }
    }

    void on_socket_ready() override { ++events_; }

    runtime_config config_{1};
    caf::actor_system system_;
    reactor& home_;
    int peer_ = -1;
    int events_ = 0;
    std::optional<socket> socket_;
    std::optional<http1_reader> reader_;
    std::optional<http1_writer> writer_;
};

TEST_F(connection_halves, a_length_body_ends_after_its_length_and_keeps_what_follows) {
    peer_sends("helloNEXT");
    on_reactor([&] {
        reader_->begin_body(body_framing::length, 5, http1_reader::unlimited);
        std::string body;
        EXPECT_EQ(read_some(body), body_source::state::end);
        EXPECT_EQ(body, "hello");
        EXPECT_FALSE(reader_->quiet());
        EXPECT_EQ(reader_->buffered(), 4u);
    });
}

TEST_F(connection_halves, a_chunked_body_is_decoded_however_it_is_cut) {
    const std::string wire = "5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nX-Sum: dropped\r\n\r\n";
    for (std::size_t cut = 1; cut < wire.size(); ++cut) {
        std::string body;
        on_reactor([&] { reader_->begin_body(body_framing::chunked, 0, http1_reader::unlimited); });
        peer_sends(std::string_view(wire).substr(0, cut));
        on_reactor([&] { EXPECT_EQ(read_some(body), body_source::state::wait) << cut; });
        peer_sends(std::string_view(wire).substr(cut));
        // The event for the rest may come with this turn or the next.
        for (auto state = body_source::state::wait; state == body_source::state::wait;)
            on_reactor([&] { state = read_some(body); });
        on_reactor([&] { EXPECT_EQ(reader_->peek().what, body_source::state::end); });
        EXPECT_EQ(body, "hello, world") << cut;
    }
}

TEST_F(connection_halves, a_body_partly_consumed_goes_on_where_it_stopped) {
    peer_sends("a\r\n0123456789\r\n0\r\n\r\n");
    on_reactor([&] {
        reader_->begin_body(body_framing::chunked, 0, http1_reader::unlimited);
        EXPECT_EQ(reader_->peek().bytes, "0123456789");
        reader_->consume(4);
        EXPECT_EQ(reader_->peek().bytes, "456789");
        reader_->consume(6);
        EXPECT_EQ(reader_->peek().what, body_source::state::end);
    });
}

TEST_F(connection_halves, a_close_framed_body_ends_with_the_connection) {
    peer_sends("all of it");
    ::shutdown(peer_, SHUT_WR);
    std::string body;
    auto state = body_source::state::wait;
    on_reactor([&] { reader_->begin_body(body_framing::close, 0, http1_reader::unlimited); });
    while (state == body_source::state::wait) on_reactor([&] { state = read_some(body); });
    EXPECT_EQ(state, body_source::state::end);
    EXPECT_EQ(body, "all of it");
}

TEST_F(connection_halves, a_length_or_chunked_body_cut_off_is_no_end) {
    peer_sends("5\r\nhel");
    ::shutdown(peer_, SHUT_WR);
    std::string body;
    auto state = body_source::state::wait;
    on_reactor([&] { reader_->begin_body(body_framing::chunked, 0, http1_reader::unlimited); });
    while (state == body_source::state::wait) on_reactor([&] { state = read_some(body); });
    EXPECT_EQ(state, body_source::state::cut_off);
    EXPECT_EQ(body, "hel");
}

TEST_F(connection_halves, a_body_over_the_limit_is_said_to_be_too_big) {
    peer_sends("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n");
    on_reactor([&] {
        reader_->begin_body(body_framing::chunked, 0, 5);
        std::string body;
        EXPECT_EQ(read_some(body), body_source::state::too_big);
        EXPECT_EQ(body, "hello");
    });
}

TEST_F(connection_halves, a_body_over_the_limit_stays_too_big) {
    // Read again from the same place, the data's "0" would be the last chunk.
    peer_sends("6\r\n0\r\n\r\n");
    on_reactor([&] {
        reader_->begin_body(body_framing::chunked, 0, 3);
        for (int i = 0; i < 3; ++i) EXPECT_EQ(reader_->peek().what, body_source::state::too_big);
        EXPECT_FALSE(reader_->body_done());
    });
}

TEST_F(connection_halves, a_malformed_body_stays_malformed) {
    peer_sends("x\r\n0\r\n\r\n");
    on_reactor([&] {
        reader_->begin_body(body_framing::chunked, 0, http1_reader::unlimited);
        EXPECT_EQ(reader_->peek().what, body_source::state::malformed);
        EXPECT_EQ(reader_->peek().what, body_source::state::malformed);
    });
}

TEST_F(connection_halves, bytes_behind_a_message_are_noticed_when_a_read_was_filled_to_its_brim) {
    const std::string body(buffer_pool::small, 'x');
    peer_sends(body + "and more");
    on_reactor([&] {
        reader_->begin_body(body_framing::length, body.size(), http1_reader::unlimited);
        std::string read;
        EXPECT_EQ(read_some(read), body_source::state::end);
        EXPECT_EQ(reader_->buffered(), 0u); // they are still in the kernel
        EXPECT_FALSE(reader_->quiet());
    });
}

TEST_F(connection_halves, a_peer_that_says_no_more_is_quiet) {
    const std::string body(buffer_pool::small, 'x');
    peer_sends(body);
    on_reactor([&] {
        reader_->begin_body(body_framing::length, body.size(), http1_reader::unlimited);
        std::string read;
        EXPECT_EQ(read_some(read), body_source::state::end);
        EXPECT_TRUE(reader_->quiet());
    });
}

TEST_F(connection_halves, a_body_that_waits_for_its_peer_is_starved) {
    peer_sends("hel");
    on_reactor([&] {
        reader_->begin_body(body_framing::length, 5, http1_reader::unlimited);
        EXPECT_FALSE(reader_->starved());
        EXPECT_EQ(reader_->peek().what, body_source::state::data);
        EXPECT_FALSE(reader_->starved());
        reader_->consume(3);
        EXPECT_EQ(reader_->peek().what, body_source::state::wait);
        EXPECT_TRUE(reader_->starved());
    });
}

TEST_F(connection_halves, a_length_body_that_ends_short_breaks_the_connection) {
    on_reactor([&] {
        writer_->begin_body(body_framing::length, 5);
        EXPECT_EQ(writer_->write("hell"), 4u);
        writer_->finish();
        EXPECT_TRUE(writer_->failed());
    });
}

TEST_F(connection_halves, a_chunked_body_that_ends_within_a_chunk_breaks_the_connection) {
    const std::string large(4 << 20, 'x');
    on_reactor([&] {
        writer_->begin_body(body_framing::chunked);
        const auto taken = writer_->write(large);
        ASSERT_GT(taken, 0u);
        ASSERT_LT(taken, large.size());
        writer_->finish();
        EXPECT_TRUE(writer_->failed());
    });
}

TEST_F(connection_halves, a_pump_has_finished_when_the_kernel_has_everything) {
    struct text final : body_source {
        std::string_view left;
        piece peek() override {
            return left.empty() ? piece{state::end} : piece{state::data, left};
        }
        void consume(std::size_t n) override { left.remove_prefix(n); }
    } source;
    const std::string fill(4 << 20, 'x');
    on_reactor([&] {
        writer_->begin_body(body_framing::chunked);
        std::string_view rest = fill;
        while (const auto n = writer_->write(rest)) rest.remove_prefix(n);
        source.left = rest;
    });
    pump_result result{pump_state::waiting};
    std::string wire;
    while (result.what == pump_state::waiting) {
        on_reactor([&] {
            result = pump(source, *writer_, 1 << 30);
            EXPECT_EQ(result.what == pump_state::finished,
                      writer_->finished() && writer_->drained());
        });
        wire += peer_reads();
    }
    EXPECT_EQ(result.what, pump_state::finished);
    wire += peer_reads();
    EXPECT_TRUE(wire.ends_with("x\r\n0\r\n\r\n"));
}

TEST_F(connection_halves, a_head_and_a_short_chunk_leave_together) {
    on_reactor([&] {
        writer_->append("HEAD\r\n\r\n");
        writer_->begin_body(body_framing::chunked);
        EXPECT_EQ(writer_->write("hello"), 5u);
        writer_->finish();
        EXPECT_EQ(writer_->sent(), 0u);
        writer_->flush();
    });
    EXPECT_EQ(peer_reads(), "HEAD\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
}

TEST_F(connection_halves, a_probe_is_a_leading_zero_of_the_next_chunk) {
    on_reactor([&] {
        writer_->begin_body(body_framing::chunked);
        writer_->probe();
        writer_->flush();
        EXPECT_EQ(writer_->write("x"), 1u);
        writer_->finish();
        writer_->flush();
    });
    EXPECT_EQ(peer_reads(), "01\r\nx\r\n0\r\n\r\n");
}

TEST_F(connection_halves, large_chunks_survive_every_blocked_write) {
    std::string sent(1 << 20, ' ');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>('a' + i % 23);
    std::size_t at = 0;
    std::string wire;
    on_reactor([&] { writer_->begin_body(body_framing::chunked); });
    bool drained = false;
    while (!drained) {
        on_reactor([&] {
            while (at < sent.size()) {
                const auto n = writer_->write(std::string_view(sent).substr(at, 50000));
                if (n == 0) break;
                at += n;
            }
            if (at == sent.size()) writer_->finish();
            writer_->flush();
            drained = writer_->finished() && writer_->drained();
        });
        wire += peer_reads();
    }
    wire += peer_reads();
    http::chunk_decoder decoder;
    std::string received;
    for (std::string_view rest = wire;;) {
        const auto step = decoder.next(rest);
        ASSERT_FALSE(step.refusal) << step.refusal.reason;
        ASSERT_FALSE(step.need_more);
        received.append(step.data);
        rest.remove_prefix(step.consumed);
        if (step.done) break;
    }
    EXPECT_EQ(received, sent);
}

TEST_F(connection_halves, a_head_is_found_and_the_rest_stays) {
    peer_sends("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2");
    on_reactor([&] {
        ASSERT_EQ(reader_->read_head(1024), http1_reader::head_state::complete);
        EXPECT_EQ(reader_->head(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        reader_->take_head();
        EXPECT_EQ(reader_->buffered(), 6u);
        EXPECT_EQ(reader_->read_head(1024), http1_reader::head_state::wait);
    });
}

} // namespace
} // namespace thalamus::net::connection_halves_test
