#include "tests/failures/load.hpp"

#include "tests/failures/client_connection.hpp"

#include <deque>
#include <memory>
#include <sys/epoll.h>
#include <unistd.h>

namespace thalamus::test {

const char* to_text(ending how) {
    switch (how) {
    case ending::answered: return "answered";
    case ending::refused: return "refused";
    case ending::reset: return "reset";
    case ending::malformed: return "malformed";
    case ending::timeout: return "timeout";
    }
    return "";
}

moment now() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

namespace {
constexpr moment in_microseconds(milliseconds time) { return time.count() * 1000; }
} // namespace

class load::engine {
public:
    engine(std::vector<std::string> addresses, std::uint16_t port, std::vector<stream> streams,
           std::vector<exchange>& done)
        : port_(port),
          streams_(std::move(streams)),
          done_(done),
          poll_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (auto& address : addresses) nodes_.emplace_back().address = address;
        for (auto& one : streams_)
            texts_.push_back("GET " + one.path + " HTTP/1.1\r\nHost: test\r\nX-Key: " + one.key +
                             "\r\n\r\n");
        for (std::size_t i = 0; i < streams_.size(); ++i) {
            // Spread over the time between two requests, so that streams do not beat in step.
            const auto gap = gap_of(i);
            due_.push_back(now() +
                           gap * static_cast<moment>(i) / static_cast<moment>(streams_.size()));
            turn_.push_back(i);
        }
    }
    ~engine() { ::close(poll_); }

    void run(const std::atomic<bool>& stopping) {
        while (!stopping || in_flight_ > 0) {
            const auto time = now();
            if (!stopping) send_due(time);
            expire(time);
            wait(time, stopping);
        }
    }

private:
    struct request {
        exchange what;
        unsigned hops = 0;  // nodes tried before
        bool again = false; // on a connection of its own, after a kept-alive one was closed
    };
    struct connection {
        client_connection wire;
        request current;
        std::uint16_t node = 0;
        bool busy = false, closed = false;
        std::uint64_t generation = 0; // counts requests, so that a deadline knows its own
    };
    struct node {
        std::string address;
        moment aside_until = 0;
        std::size_t open = 0;
        std::vector<connection*> idle;
    };
    struct patience_end {
        moment at;
        connection* of;
        std::uint64_t generation;
    };

    moment gap_of(std::size_t stream) const {
        return static_cast<moment>(1e6 / streams_[stream].per_second);
    }

    void send_due(moment time) {
        for (std::size_t i = 0; i < streams_.size(); ++i)
            for (; due_[i] <= time; due_[i] += gap_of(i)) {
                request r;
                r.what.stream = static_cast<std::uint16_t>(i);
                send(r, next_node(turn_[i]++, time));
            }
    }

    /// The one whose turn it is, or the first after it that is not set aside.
    std::size_t next_node(std::size_t turn, moment time) const {
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            if (nodes_[(turn + i) % nodes_.size()].aside_until <= time)
                return (turn + i) % nodes_.size();
        return turn % nodes_.size();
    }

    void send(request r, std::size_t to) {
        auto& at = nodes_[to];
        r.what.node = static_cast<std::uint16_t>(to);
        if (r.what.sent == 0) r.what.sent = now();
        connection* on = nullptr;
        if (!at.idle.empty() && !r.again) {
            on = at.idle.back();
            at.idle.pop_back();
        } else if (at.open < most_connections) {
            on = open(to);
        }
        ++in_flight_;
        if (!on) return end(r, ending::refused);
        on->busy = true;
        on->current = r;
        ends_.push_back({now() + in_microseconds(patience), on, ++on->generation});
        on->wire.ask(texts_[r.what.stream]);
        advance(*on);
    }

    connection* open(std::size_t to) {
        auto& made = *connections_.emplace_back(std::make_unique<connection>());
        made.node = static_cast<std::uint16_t>(to);
        ++nodes_[to].open;
        made.wire.connect(nodes_[to].address, port_);
        epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = &made}};
        ::epoll_ctl(poll_, EPOLL_CTL_ADD, made.wire.descriptor(), &event);
        return &made;
    }

    void advance(connection& on) {
        using state = client_connection::state;
        const auto reached = on.wire.advance();
        if (reached == state::busy) return;
        if (!on.busy) { // an idle one may only end
            auto& idle = nodes_[on.node].idle;
            std::erase(idle, &on);
            return close(on);
        }
        auto r = on.current;
        switch (reached) {
        case state::complete:
            r.what.status = static_cast<std::uint16_t>(on.wire.status());
            on.busy = false;
            if (on.wire.keeps()) nodes_[on.node].idle.push_back(&on);
            else close(on);
            return end(r, ending::answered);
        case state::malformed: close(on); return end(r, ending::malformed);
        case state::refused: close(on); return cannot_send(r);
        default: break;
        }
        const bool stale = on.wire.answers() > 0 && !on.wire.answer_begun();
        close(on);
        if (!stale) return end(r, ending::reset);
        --in_flight_;
        r.again = true;
        send(r, r.what.node);
    }

    void cannot_send(request r) {
        end(r, ending::refused);
        if (++r.hops >= nodes_.size()) return;
        const auto next = next_node(r.what.node + 1u, now());
        r.again = false;
        r.what = {.stream = r.what.stream};
        send(r, next);
    }

    void end(request& r, ending how) {
        --in_flight_;
        r.what.how = how;
        r.what.received = now() + 1; // the microsecond that has begun
        if (how != ending::answered)
            nodes_[r.what.node].aside_until = r.what.received + in_microseconds(set_aside);
        done_.push_back(r.what);
    }

    void expire(moment time) {
        while (!ends_.empty() && ends_.front().at <= time) {
            auto [at, of, generation] = ends_.front();
            ends_.pop_front();
            if (of->closed || !of->busy || of->generation != generation) continue;
            auto r = of->current;
            close(*of);
            end(r, ending::timeout);
        }
    }

    /// The object stays until the end: events and deadlines may still name it.
    void close(connection& on) {
        on.wire.close();
        on.busy = false;
        on.closed = true;
        --nodes_[on.node].open;
    }

    void wait(moment time, const std::atomic<bool>& stopping) {
        moment next = time + 50'000;
        if (!stopping)
            for (auto due : due_) next = std::min(next, due);
        if (!ends_.empty()) next = std::min(next, ends_.front().at);
        const auto left = std::max<moment>(0, next - now());
        const timespec timeout{left / one_second, left % one_second * 1000};
        epoll_event events[64];
        const int ready = ::epoll_pwait2(poll_, events, 64, &timeout, nullptr);
        for (int i = 0; i < ready; ++i) {
            auto& on = *static_cast<connection*>(events[i].data.ptr);
            if (!on.closed) advance(on);
        }
    }

    const std::uint16_t port_;
    const std::vector<stream> streams_;
    std::vector<exchange>& done_;
    const int poll_;
    std::vector<std::string> texts_; // of each stream
    std::vector<moment> due_;        // the next request of each stream
    std::vector<std::size_t> turn_;  // whose it is, of each stream
    std::vector<node> nodes_;
    std::vector<std::unique_ptr<connection>> connections_;
    std::deque<patience_end> ends_; // in their order: all wait equally long
    std::size_t in_flight_ = 0;
};

load::load(std::vector<std::string> addresses, std::uint16_t port, std::vector<stream> streams)
    : thread_([this, addresses = std::move(addresses), port, streams = std::move(streams)] {
          engine(addresses, port, streams, done_).run(stopping_);
      }) {}

load::~load() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

std::vector<exchange> load::stop() {
    stopping_ = true;
    thread_.join();
    return std::move(done_);
}

} // namespace thalamus::test
