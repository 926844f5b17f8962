#include "store/redis/redis_connection.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace thalamus::store {

redis_connection::redis_connection(net::reactor& home, owner& owner)
    : home_(home),
      owner_(&owner),
      timer_(home.timers(), base::bind<&redis_connection::expire>(this)) {}

redis_connection::~redis_connection() {
    if (context_) free_context();
}

bool redis_connection::connect(const net::tcp_endpoint& address) {
    // The address is numeric, so hiredis does not look up names.
    context_ = ::redisAsyncConnect(address.address().to_string().c_str(), address.port());
    if (!context_) {
        error_ = std::strerror(ENOMEM);
        return false;
    }
    if (context_->err) {
        error_ = context_->errstr;
        free_context();
        return false;
    }
    const int fd = context_->c.fd;
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    net::send_at_once(fd);
    guard_reader(*context_, *this);
    context_->data = this;
    context_->ev.data = this;
    context_->ev.addWrite = on_context_writes;
    context_->ev.delWrite = on_context_written;
    context_->ev.cleanup = on_context_ends;
    ::redisAsyncSetConnectCallback(context_, on_context_connected);
    if (home_.sockets().add(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this)) return true;
    error_ = std::strerror(errno);
    free_context();
    return false;
}

void redis_connection::send(std::unique_ptr<redis_request> request, redis_command& command,
                            net::time_point deadline) {
    if (!context_ || ::redisAsyncCommandArgv(context_, on_context_reply, nullptr, command.size(),
                                             command.words(), command.lengths()) != REDIS_OK) {
        if (request) request->on_failure(failure::unavailable);
        return;
    }
    if (request && deadline < next_deadline_) timer_.arm(next_deadline_ = deadline);
    waiting_.push_back({std::move(request), home_.now(), deadline});
}

void redis_connection::close(failure reason) {
    const auto self = shared_from_this();
    owner_ = nullptr;
    timer_.disarm();
    if (context_) free_context();
    for (auto& request : take_waiting()) request->on_failure(reason);
}

std::size_t redis_connection::unsent() const { return context_ ? ::sdslen(context_->c.obuf) : 0; }

// -- events ---------------------------------------------------------------------------------------

void redis_connection::on_events(unsigned events) {
    const auto self = shared_from_this();
    constexpr unsigned broken = EPOLLHUP | EPOLLERR;
    if (!connected_) {
        if (!(events & (EPOLLOUT | broken))) return;
        flush(); // completes the connect, and sends the commands that waited for it
    } else if (events & EPOLLOUT) {
        blocked_ = false;
        if (unsent_) flush();
    }
    if (context_ && events & (EPOLLIN | EPOLLRDHUP | broken)) read(events & (EPOLLRDHUP | broken));
    report_if_lost();
}

/// hiredis reads 16 KiB at a time without saying how much it got, and the poller reports only once.
void redis_connection::read(bool ended) {
    for (int rest = 1; context_ && rest > 0;) {
        ::redisAsyncHandleRead(context_);
        if (!context_) return;
        if (context_->c.reader->len > largest_reply) {
            error_ = "a reply is too long";
            ::redisAsyncFree(context_);
            return;
        }
        if (::ioctl(context_->c.fd, FIONREAD, &rest) != 0) return;
        if (rest == 0 && std::exchange(ended, false)) rest = 1; // to read the end of the stream
    }
}

void redis_connection::flush() {
    flush_posted_ = false;
    if (!context_) return;
    flushing_ = true;
    ::redisAsyncHandleWrite(context_);
    flushing_ = false;
    blocked_ = context_ && unsent_;
}

void redis_connection::expire() {
    const auto self = shared_from_this();
    next_deadline_ = net::time_point::max();
    if (connected_) {
        read(false); // in case the reactor was late, not the server
        report_if_lost();
    }
    std::vector<std::unique_ptr<redis_request>> late;
    const auto now = home_.now();
    for (auto& [who, sent, deadline] : waiting_) {
        if (!who) continue;
        if (deadline <= now) late.push_back(std::move(who));
        else next_deadline_ = std::min(next_deadline_, deadline);
    }
    if (!late.empty() && owner_ && owner_->on_timeout(static_cast<unsigned>(late.size()))) {
        for (auto& waits : waiting_)
            if (waits.request) late.push_back(std::move(waits.request));
        next_deadline_ = net::time_point::max();
    }
    if (owner_ && next_deadline_ != net::time_point::max()) timer_.arm(next_deadline_);
    for (auto& request : late) request->on_failure(failure::timeout);
}

void redis_connection::on_reply(const redisReply& reply) {
    auto [request, sent, deadline] = std::move(waiting_.front());
    waiting_.pop_front();
    auto* const waiting = request.get();
    if (waiting) waiting->on_reply(std::move(request), reply);
    if (owner_) owner_->after_reply(reply, home_.now() - sent, waiting != nullptr);
}

void redis_connection::report_if_lost() {
    if (context_ || !owner_) return;
    timer_.disarm();
    auto waiting = take_waiting();
    std::exchange(owner_, nullptr)->on_lost(error_);
    for (auto& request : waiting) request->on_failure(failure::timeout);
}

void redis_connection::free_context() {
    auto* const context = std::exchange(context_, nullptr);
    context->data = nullptr;
    context->ev = {};
    home_.sockets().forget(*this);
    ::redisAsyncFree(context); // within one of its own callbacks it is freed afterwards
}

std::vector<std::unique_ptr<redis_request>> redis_connection::take_waiting() {
    std::vector<std::unique_ptr<redis_request>> all;
    for (auto& waits : waiting_)
        if (waits.request) all.push_back(std::move(waits.request));
    waiting_.clear();
    return all;
}

// -- hiredis --------------------------------------------------------------------------------------

void redis_connection::on_context_reply(redisAsyncContext* context, void* reply, void*) {
    auto* const self = static_cast<redis_connection*>(context->data);
    if (self && reply) self->on_reply(*static_cast<redisReply*>(reply)); // null: it is ending
}

void redis_connection::on_context_connected(const redisAsyncContext* context, int status) {
    static_cast<redis_connection*>(context->data)->connected_ = status == REDIS_OK;
}

void redis_connection::on_context_writes(void* self) {
    auto& connection = *static_cast<redis_connection*>(self);
    connection.unsent_ = true;
    if (!connection.connected_ || connection.flushing_ || connection.blocked_ ||
        connection.flush_posted_)
        return;
    connection.flush_posted_ = true;
    connection.home_.post([weak = connection.weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->flush();
            self->report_if_lost();
        }
    });
}

void redis_connection::on_context_written(void* self) {
    static_cast<redis_connection*>(self)->unsent_ = false;
}

void redis_connection::on_context_ends(void* self) {
    auto& connection = *static_cast<redis_connection*>(self);
    if (connection.error_.empty() && connection.context_->errstr)
        connection.error_ = connection.context_->errstr;
    connection.home_.sockets().forget(connection);
    connection.context_ = nullptr;
}

} // namespace thalamus::store
