#include "store/redis/redis_connection.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace thalamus::store {

redis_connection::redis_connection(net::reactor& home, owner& who)
    : home_(home),
      owner_(&who),
      timer_(home.timers(), base::bind<&redis_connection::expire>(this)) {}

redis_connection::~redis_connection() {
    if (context_) free_context();
}

bool redis_connection::connect(const net::tcp_endpoint& to) {
    // The address is numeric, so hiredis does not look up names.
    context_ = ::redisAsyncConnect(to.address().to_string().c_str(), to.port());
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

void redis_connection::send(std::unique_ptr<redis_request> who, redis_command& what,
                            net::time_point deadline) {
    if (!context_ || ::redisAsyncCommandArgv(context_, on_context_reply, nullptr, what.size(),
                                             what.words(), what.lengths()) != REDIS_OK) {
        if (who) who->on_failure(failure::unavailable);
        return;
    }
    if (who && deadline < next_deadline_) timer_.arm(next_deadline_ = deadline);
    waiting_.push_back({std::move(who), home_.now(), deadline});
}

void redis_connection::close(failure why) {
    const auto self = shared_from_this();
    owner_ = nullptr;
    timer_.disarm();
    if (context_) free_context();
    for (auto& who : take_waiting()) who->on_failure(why);
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
    tell_if_lost();
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
        tell_if_lost();
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
            if (waits.who) late.push_back(std::move(waits.who));
        next_deadline_ = net::time_point::max();
    }
    if (owner_ && next_deadline_ != net::time_point::max()) timer_.arm(next_deadline_);
    for (auto& who : late) who->on_failure(failure::timeout);
}

void redis_connection::answered(const redisReply& reply) {
    auto [who, sent, deadline] = std::move(waiting_.front());
    waiting_.pop_front();
    auto* const asked = who.get();
    if (asked) asked->on_reply(std::move(who), reply);
    if (owner_) owner_->on_answered(reply, home_.now() - sent, asked != nullptr);
}

void redis_connection::tell_if_lost() {
    if (context_ || !owner_) return;
    timer_.disarm();
    auto waiting = take_waiting();
    std::exchange(owner_, nullptr)->on_lost(error_);
    for (auto& who : waiting) who->on_failure(failure::timeout);
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
        if (waits.who) all.push_back(std::move(waits.who));
    waiting_.clear();
    return all;
}

// -- hiredis --------------------------------------------------------------------------------------

void redis_connection::on_context_reply(redisAsyncContext* context, void* reply, void*) {
    auto* const self = static_cast<redis_connection*>(context->data);
    if (self && reply) self->answered(*static_cast<redisReply*>(reply)); // null: it is ending
}

void redis_connection::on_context_connected(const redisAsyncContext* context, int status) {
    static_cast<redis_connection*>(context->data)->connected_ = status == REDIS_OK;
}

void redis_connection::on_context_writes(void* self) {
    auto& of = *static_cast<redis_connection*>(self);
    of.unsent_ = true;
    if (!of.connected_ || of.flushing_ || of.blocked_ || of.flush_posted_) return;
    of.flush_posted_ = true;
    of.home_.post([weak = of.weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->flush();
            self->tell_if_lost();
        }
    });
}

void redis_connection::on_context_written(void* self) {
    static_cast<redis_connection*>(self)->unsent_ = false;
}

void redis_connection::on_context_ends(void* self) {
    auto& of = *static_cast<redis_connection*>(self);
    if (of.error_.empty() && of.context_->errstr) of.error_ = of.context_->errstr;
    of.home_.sockets().forget(of);
    of.context_ = nullptr;
}

} // namespace thalamus::store
