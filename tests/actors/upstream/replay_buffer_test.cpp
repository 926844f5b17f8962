#include "actors/upstream/replay_buffer.hpp"

#include <gtest/gtest.h>

namespace thalamus::actors::replay_buffer_test {
namespace {

/// Hands out what it has, piece by piece.
struct pieces final : net::body_source {
    std::string bytes;
    std::size_t at = 0, piece_size = 1000;
    state last = state::end;
    piece peek() override {
        if (at == bytes.size()) return {last};
        return {state::data, std::string_view(bytes).substr(at, piece_size)};
    }
    void consume(std::size_t n) override { at += n; }
};

std::string read_all(replay_buffer& from, std::size_t most = 1 << 20) {
    std::string all;
    for (auto piece = from.peek(); piece.what == net::body_source::state::data && all.size() < most;
         piece = from.peek()) {
        const auto n = std::min<std::size_t>(piece.bytes.size(), 700);
        all.append(piece.bytes.substr(0, n));
        from.consume(n);
    }
    return all;
}

std::string numbered(std::size_t size) {
    std::string text;
    for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + " ";
    text.resize(size);
    return text;
}

TEST(kept_body, gives_what_was_sent_again_and_then_the_rest) {
    pieces source;
    source.bytes = numbered(replay_buffer::most_kept);
    replay_buffer body(source);
    EXPECT_EQ(read_all(body, 20'000).size(), 20'300u);
    EXPECT_TRUE(body.replayable());
    body.rewind();
    EXPECT_EQ(read_all(body), source.bytes);
    body.rewind();
    EXPECT_EQ(read_all(body), source.bytes);
    EXPECT_EQ(body.peek().what, net::body_source::state::end);
}

TEST(kept_body, over_its_bound_cannot_be_given_again) {
    pieces source;
    source.bytes = numbered(replay_buffer::most_kept + 1);
    replay_buffer body(source);
    EXPECT_EQ(read_all(body), source.bytes);
    EXPECT_FALSE(body.replayable());
}

TEST(kept_body, keeps_nothing_once_told_so) {
    pieces source;
    source.bytes = numbered(5000);
    replay_buffer body(source);
    body.stop_keeping();
    EXPECT_EQ(read_all(body), source.bytes);
    EXPECT_FALSE(body.replayable());
}

TEST(kept_body, collects_ahead_without_sending) {
    pieces source;
    source.bytes = numbered(3000);
    source.last = net::body_source::state::wait;
    replay_buffer body(source);
    EXPECT_EQ(body.collect(), net::body_source::state::wait);
    source.bytes += "more";
    source.last = net::body_source::state::end;
    EXPECT_EQ(body.collect(), net::body_source::state::end);
    EXPECT_EQ(read_all(body), source.bytes);
}

} // namespace
} // namespace thalamus::actors::replay_buffer_test
