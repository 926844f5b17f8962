#pragma once
// A request body on its way to a target. Keeps the bytes already sent, up to a limit, so that an
// attempt that cannot have been processed can be repeated on another connection.

#include "net/body.hpp"

#include <string>

namespace thalamus::actors {

class replay_buffer final : public net::body_source {
public:
    static constexpr std::size_t most_kept = 64 * 1024;

    explicit replay_buffer(net::body_source& from) : from_(from) {}

    piece peek() override {
        if (sent_ < kept_.size()) return {state::data, std::string_view(kept_).substr(sent_)};
        return from_.peek();
    }
    void consume(std::size_t n) override {
        if (sent_ < kept_.size()) {
            sent_ += n;
            return;
        }
        if (keeping_ && kept_.size() + n <= most_kept) {
            kept_.append(from_.peek().bytes.substr(0, n));
            sent_ = kept_.size();
        } else if (n > 0) {
            keeping_ = false;
            lost_ = true;
        }
        from_.consume(n);
    }

    /// Buffers the bytes that have arrived, to be sent later, and returns the state of the source.
    /// Only for bodies of at most most_kept bytes.
    state collect() {
        for (;;) {
            const auto piece = from_.peek();
            if (piece.what != state::data) return piece.what;
            kept_.append(piece.bytes);
            from_.consume(piece.bytes.size());
        }
    }

    /// Whether rewind() can replay the whole body.
    bool replayable() const { return !lost_; }
    void rewind() { sent_ = 0; }
    /// The response has begun: the request will not be sent again.
    void stop_keeping() { keeping_ = false; }

private:
    net::body_source& from_;
    std::string kept_;
    std::size_t sent_ = 0;
    bool keeping_ = true, lost_ = false;
};

} // namespace thalamus::actors
