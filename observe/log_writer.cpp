#include "observe/log_writer.hpp"

#include "observe/program_log.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace thalamus::observe {

std::shared_ptr<log_writer> log_writer::start(const settings& settings) {
    const std::shared_ptr<log_writer> writer{new log_writer(settings)};
    // This thread handles no signals; a broken pipe is reported as EPIPE.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        writer->thread_ = std::thread([writer] {
            ::pthread_setname_np(::pthread_self(), "access-log");
            writer->run();
            writer->ended_.set_value();
        });
    } catch (...) {
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return writer;
}

log_writer::log_writer(const settings& settings) : settings_(settings), destination_(settings.to) {
    for (unsigned i = 0; i < settings.rings; ++i)
        sources_.push_back(std::make_unique<source>(settings.ring_bytes));
    calls_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (calls_ < 0) throw std::system_error(errno, std::generic_category(), "access log: eventfd");
}

log_writer::~log_writer() { ::close(calls_); }

void log_writer::push(unsigned ring, std::string_view line) {
    source& target = *sources_[ring];
    if (!target.ring.push(line))
        target.refused.store(target.refused.load(std::memory_order_relaxed) + 1,
                             std::memory_order_relaxed);
    const attention seen = attention_.load(std::memory_order_seq_cst);
    if (seen == attention::awake ||
        (seen == attention::lingering && !target.ring.more_than_half_full()))
        return;
    // If several producers see the thread asleep, only one of them wakes it.
    if (attention_.exchange(attention::awake, std::memory_order_relaxed) != attention::awake)
        call();
}

void log_writer::reopen() {
    reopen_asked_.store(true, std::memory_order_seq_cst);
    call();
}

void log_writer::stop() {
    stop_asked_.store(true, std::memory_order_seq_cst);
    call();
    // The thread ends by itself in time unless a write hangs in the kernel. It shares ownership of
    // everything it uses, so it can then be detached.
    constexpr std::chrono::milliseconds grace{100};
    if (ended_.get_future().wait_for(settings_.end_within + grace) == std::future_status::ready) {
        thread_.join();
    } else {
        thread_.detach();
        log(log_level::warn, "the last access log lines are lost: cannot write to {}",
            settings_.to);
    }
}

std::uint64_t log_writer::dropped() const {
    std::uint64_t sum = lost_.load(std::memory_order_relaxed);
    for (const auto& s : sources_) sum += s->refused.load(std::memory_order_relaxed);
    return sum;
}

void log_writer::call() {
    const std::uint64_t one = 1;
    (void)!::write(calls_, &one, sizeof one); // fails only after 2^64-2 pending calls
}

void log_writer::run() {
    for (;;) {
        const bool last = stopping_; // no more lines are pushed
        const bool found = take_batch();
        // Checked after taking, so that lines pushed after reopen() go to the new destination.
        if (look_at_requests()) inside_line_ = false;
        if (found) write_batch();
        report_drops(false);
        if (stopping_) {
            if (last && (!found || time_is_up())) break;
            continue;
        }
        if (found) {
            attention_.store(attention::lingering, std::memory_order_seq_cst);
            wait(static_cast<int>(settings_.linger.count()));
        } else {
            attention_.store(attention::idle, std::memory_order_seq_cst);
            if (std::ranges::all_of(sources_, [](const auto& s) { return s->ring.empty(); }))
                wait(-1);
        }
        attention_.store(attention::awake, std::memory_order_relaxed);
    }
    if (take_batch()) give_up_batch();
    report_drops(true);
}

/// Sleeps until called or until the timeout. Earlier calls also end the sleep.
void log_writer::wait(int timeout_ms) {
    pollfd called{calls_, POLLIN, 0};
    if (::poll(&called, 1, timeout_ms) <= 0) return;
    std::uint64_t count;
    (void)!::read(calls_, &count, sizeof count);
}

/// Returns true if the destination has changed.
bool log_writer::look_at_requests() {
    if (!stopping_ && stop_asked_.load(std::memory_order_seq_cst)) {
        stopping_ = true;
        end_by_ = std::chrono::steady_clock::now() + settings_.end_within;
    }
    if (!reopen_asked_.exchange(false, std::memory_order_seq_cst)) return false;
    try {
        log_destination now(settings_.to);
        const bool other = !now.is_same_as(destination_);
        destination_ = std::move(now);
        return other;
    } catch (const std::system_error& error) {
        log(log_level::error, "cannot reopen the access log, the old file stays in use: {}",
            error.what());
        return false;
    }
}

/// Drops the rest of a line whose start went to the old destination.
void log_writer::drop_rest_of_line() {
    while (inside_line_ && next_ < parts_.size()) {
        auto& part = parts_[next_];
        const auto* const start = static_cast<const char*>(part.iov_base);
        const auto* const end = std::find(start, start + part.iov_len, '\n');
        inside_line_ = end == start + part.iov_len;
        const auto step = static_cast<std::size_t>(end - start) + (inside_line_ ? 0 : 1);
        if (rings_[next_]) rings_[next_]->release(step);
        // An inserted newline only ends a fragment that has already been counted as lost.
        if (!inside_line_ && rings_[next_]) {
            lost_.store(lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
            --batch_lines_;
        }
        part = {const_cast<char*>(start) + step, part.iov_len - step};
        if (part.iov_len == 0) ++next_;
    }
    inside_line_ = false;
}

bool log_writer::time_is_up() const {
    return stopping_ && std::chrono::steady_clock::now() >= end_by_;
}

bool log_writer::take_batch() {
    parts_.clear();
    rings_.clear();
    next_ = 0;
    batch_lines_ = 0;
    const auto add = [this](byte_ring* ring, std::string_view bytes) {
        if (bytes.empty()) return;
        parts_.push_back({const_cast<char*>(bytes.data()), bytes.size()});
        rings_.push_back(ring);
    };
    for (const auto& s : sources_) {
        const byte_ring::content content = s->ring.take();
        if (content.empty()) continue;
        add(&s->ring, content.first);
        add(&s->ring, content.second);
        batch_lines_ += content.lines;
    }
    return !parts_.empty();
}

void log_writer::write_batch() {
    static char newline = '\n';
    if (inside_line_) { // a failed write left an incomplete line
        parts_.insert(parts_.begin(), {&newline, 1});
        rings_.insert(rings_.begin(), nullptr);
    }
    while (next_ < parts_.size()) {
        const ssize_t written =
            destination_.write(&parts_[next_], static_cast<int>(parts_.size() - next_));
        if (written > 0) {
            advance(static_cast<std::size_t>(written));
        } else if (written == -EAGAIN || written == 0) {
            if (!wait_writable()) return give_up_batch();
        } else {
            report_failure(static_cast<int>(-written));
            return give_up_batch();
        }
    }
    written_.store(written_.load(std::memory_order_relaxed) + batch_lines_,
                   std::memory_order_relaxed);
}

void log_writer::advance(std::size_t bytes) {
    while (bytes > 0) {
        iovec& part = parts_[next_];
        const std::size_t step = std::min(bytes, part.iov_len);
        const char* const start = static_cast<const char*>(part.iov_base);
        inside_line_ = start[step - 1] != '\n';
        if (rings_[next_]) rings_[next_]->release(step);
        part = {const_cast<char*>(start) + step, part.iov_len - step};
        bytes -= step;
        if (part.iov_len == 0) ++next_;
    }
}

void log_writer::give_up_batch() {
    std::uint64_t lost = 0;
    for (; next_ < parts_.size(); ++next_) {
        if (!rings_[next_]) continue;
        const auto* const start = static_cast<const char*>(parts_[next_].iov_base);
        lost += static_cast<std::uint64_t>(std::count(start, start + parts_[next_].iov_len, '\n'));
        rings_[next_]->release(parts_[next_].iov_len);
    }
    lost_.store(lost_.load(std::memory_order_relaxed) + lost, std::memory_order_relaxed);
    written_.store(written_.load(std::memory_order_relaxed) + batch_lines_ - lost,
                   std::memory_order_relaxed);
}

/// Waits for a slow or stuck reader. Returns false if the time for stopping is over.
bool log_writer::wait_writable() {
    using namespace std::chrono;
    for (;;) {
        int timeout_ms = -1;
        if (stopping_) {
            const auto left = ceil<milliseconds>(end_by_ - steady_clock::now()).count();
            if (left <= 0) return false;
            timeout_ms = static_cast<int>(left);
        }
        pollfd events[2] = {{destination_.fd(), POLLOUT, 0}, {calls_, POLLIN, 0}};
        if (::poll(events, 2, timeout_ms) < 0) continue;
        if (events[1].revents) {
            wait(0);
            if (look_at_requests()) drop_rest_of_line();
            return true; // the destination may have been reopened
        }
        if (events[0].revents) return true; // the next write reports errors
    }
}

void log_writer::report_failure(int error) {
    static log_limit limit{1};
    log_limited(limit, log_level::error, "cannot write to the access log {}: {}", settings_.to,
                std::generic_category().message(error));
}

void log_writer::report_drops(bool last) {
    const std::uint64_t dropped = this->dropped();
    if (dropped == drops_reported_) return;
    static log_limit limit{1};
    if (!logs(log_level::warn) || (!limit.ask().pass && !last)) return;
    log(log_level::warn, "{} access log lines were dropped", dropped - drops_reported_);
    drops_reported_ = dropped;
}

} // namespace thalamus::observe
