// paced_load --port N [--path /] [--connections 64] [--rate 1000] [--seconds 5]
//
// Sends GET requests to 127.0.0.1:N at a constant rate over keep-alive connections and prints one
// line of JSON with the latencies. Requests are due at fixed times, whether or not earlier ones
// have got a response, and latency counts from the time that a request was due: a gateway that stalls is
// charged for every request that was due meanwhile (no coordinated omission). wrk cannot measure
// that, because it waits for each response.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

struct settings {
    std::uint16_t port = 0;
    std::string path = "/";
    std::size_t connections = 64;
    double rate = 1000;
    double seconds = 5;
};

template <class Number>
Number to_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !(value > 0))
        throw std::invalid_argument("not a positive number: " + std::string(text));
    return value;
}

settings parse(int argc, char** argv) {
    settings result;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i], value = argv[i + 1];
        if (name == "--port") result.port = to_number<std::uint16_t>(value);
        else if (name == "--path") result.path = value;
        else if (name == "--connections") result.connections = to_number<std::size_t>(value);
        else if (name == "--rate") result.rate = to_number<double>(value);
        else if (name == "--seconds") result.seconds = to_number<double>(value);
        else throw std::invalid_argument("unknown option " + std::string(name));
    }
    if (result.port == 0 || argc % 2 == 0)
        throw std::invalid_argument(
            "usage: paced_load --port N [--path /] [--connections 64] [--rate 1000] "
            "[--seconds 5]");
    return result;
}

/// Reads responses with a Content-Length, which is all that the targets here send.
class response_reader {
public:
    enum class progress { more, complete, malformed };

    void begin() {
        head_.clear();
        in_head_ = true;
    }
    bool succeeded() const { return succeeded_; }
    progress feed(std::string_view bytes) {
        if (in_head_) {
            const auto before = head_.size();
            head_ += bytes;
            const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
            if (end == std::string::npos)
                return head_.size() > 64 * 1024 ? progress::malformed : progress::more;
            bytes = std::string_view(head_).substr(end + 4);
            if (!read_head(std::string_view(head_).substr(0, end + 2))) return progress::malformed;
            in_head_ = false;
        }
        if (bytes.size() > left_) return progress::malformed;
        left_ -= bytes.size();
        return left_ == 0 ? progress::complete : progress::more;
    }

private:
    bool read_head(std::string_view head) {
        succeeded_ = head.starts_with("HTTP/1.1 2");
        for (auto line_end = head.find("\r\n"); line_end != std::string_view::npos;
             line_end = head.find("\r\n")) {
            constexpr std::string_view wanted = "content-length:";
            auto line = head.substr(0, line_end);
            head.remove_prefix(line_end + 2);
            if (line.size() <= wanted.size() ||
                strncasecmp(line.data(), wanted.data(), wanted.size()) != 0)
                continue;
            line.remove_prefix(wanted.size());
            while (line.starts_with(' ')) line.remove_prefix(1);
            const auto [end, error] =
                std::from_chars(line.data(), line.data() + line.size(), left_);
            return error == std::errc{};
        }
        return false;
    }
    std::string head_;
    bool in_head_ = true, succeeded_ = false;
    std::uint64_t left_ = 0;
};

struct connection {
    int fd = -1;
    bool busy = false;
    clock_type::time_point due;
    response_reader reader;
};

class load {
public:
    explicit load(const settings& wanted)
        : wanted_(wanted),
          request_("GET " + wanted.path +
                   " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(wanted.port) + "\r\n\r\n"),
          total_(static_cast<std::uint64_t>(wanted.rate * wanted.seconds)),
          epoll_(epoll_create1(EPOLL_CLOEXEC)),
          connections_(wanted.connections) {
        prctl(PR_SET_TIMERSLACK, 1UL);
        latencies_.reserve(total_);
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            open(i);
            idle_.push_back(i);
        }
    }
    ~load() {
        for (auto& one : connections_)
            if (one.fd >= 0) close(one.fd);
        close(epoll_);
    }
    load(const load&) = delete;

    void run() {
        start_ = clock_type::now();
        const auto give_up = due(total_) + 5s;
        std::vector<epoll_event> events(connections_.size());
        while (finished_ < total_) {
            auto now = clock_type::now();
            if (now >= give_up) break;
            for (; next_ < total_ && due(next_) <= now && !idle_.empty(); ++next_) send_next();
            const auto until =
                next_ < total_ && !idle_.empty() ? std::min(due(next_), give_up) : give_up;
            const auto wait = std::max<nanoseconds>(until - clock_type::now(), 0ns);
            const timespec timeout{wait.count() / 1'000'000'000, wait.count() % 1'000'000'000};
            const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()),
                                           &timeout, nullptr);
            for (int i = 0; i < count; ++i) read_from(events[static_cast<std::size_t>(i)].data.u64);
        }
        elapsed_ = clock_type::now() - start_;
    }

    void print() {
        std::sort(latencies_.begin(), latencies_.end());
        const auto percentile = [&](double share) {
            if (latencies_.empty()) return 0.0;
            const auto index =
                static_cast<std::size_t>(share * static_cast<double>(latencies_.size() - 1));
            return static_cast<double>(latencies_[index].count()) / 1000;
        };
        std::printf(
            "{\"rate\": %.0f, \"answered\": %zu, \"failed\": %llu, \"unanswered\": %llu, "
            "\"answers_per_second\": %.0f, \"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, "
            "\"p999_us\": %.1f, \"max_us\": %.1f}\n",
            wanted_.rate, latencies_.size(), static_cast<unsigned long long>(failed_),
            static_cast<unsigned long long>(total_ - finished_),
            static_cast<double>(latencies_.size()) /
                std::chrono::duration<double>(elapsed_).count(),
            percentile(0.5), percentile(0.9), percentile(0.99), percentile(0.999), percentile(1));
    }

private:
    clock_type::time_point due(std::uint64_t n) const {
        return start_ +
               nanoseconds(static_cast<std::int64_t>(static_cast<double>(n) * 1e9 / wanted_.rate));
    }

    void open(std::size_t index) {
        auto& one = connections_[index];
        one.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(wanted_.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (one.fd < 0 ||
            connect(one.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
        const int on = 1;
        setsockopt(one.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = index;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, one.fd, &event);
    }

    void reopen(std::size_t index) {
        close(connections_[index].fd);
        open(index);
    }

    void send_next() {
        const auto index = idle_.front();
        idle_.pop_front();
        auto& one = connections_[index];
        one.due = due(next_);
        one.busy = true;
        one.reader.begin();
        // The request is far smaller than a socket's buffer, which is empty between requests.
        const auto sent = send(one.fd, request_.data(), request_.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(request_.size())) {
            reopen(index);
            finish(index, false);
        }
    }

    void read_from(std::size_t index) {
        auto& one = connections_[index];
        const auto count = recv(one.fd, buffer_, sizeof buffer_, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count <= 0 || !one.busy) { // an idle connection may be closed by the peer at any time
            reopen(index);
            if (one.busy) finish(index, false);
            return;
        }
        switch (one.reader.feed({buffer_, static_cast<std::size_t>(count)})) {
        case response_reader::progress::more: break;
        case response_reader::progress::complete: finish(index, one.reader.succeeded()); break;
        case response_reader::progress::malformed:
            reopen(index);
            finish(index, false);
            break;
        }
    }

    void finish(std::size_t index, bool succeeded) {
        auto& one = connections_[index];
        if (succeeded) latencies_.push_back(clock_type::now() - one.due);
        else ++failed_;
        ++finished_;
        one.busy = false;
        idle_.push_back(index);
    }

    settings wanted_;
    std::string request_;
    std::uint64_t total_, next_ = 0, finished_ = 0, failed_ = 0;
    int epoll_;
    std::vector<connection> connections_;
    std::deque<std::size_t> idle_;
    std::vector<nanoseconds> latencies_;
    clock_type::time_point start_;
    nanoseconds elapsed_{0};
    char buffer_[64 * 1024];
};

} // namespace

int main(int argc, char** argv) {
    try {
        load one(parse(argc, argv));
        one.run();
        one.print();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "paced_load: %s\n", error.what());
        return 1;
    }
}
