#include "net/poller.hpp"

#include <cerrno>
#include <system_error>

namespace thalamus::net {

namespace {
int make_epoll() {
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    return fd;
}
} // namespace

poller::poller(boost::asio::io_context& io, std::function<void()> begin_turn,
               std::function<void()> end_turn)
    : epoll_(io, make_epoll()),
      begin_turn_(std::move(begin_turn)),
      end_turn_(std::move(end_turn)) {
    wait();
}

poller::~poller() = default;

bool poller::add(int fd, unsigned events, handler& who) {
    epoll_event event{};
    event.events = events | EPOLLET;
    event.data.ptr = &who;
    return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void poller::forget(handler& who) noexcept {
    for (int i = next_; i < last_; ++i)
        if (events_[i].data.ptr == &who) events_[i].data.ptr = nullptr;
}

void poller::stop() { epoll_.cancel(); }

void poller::wait() {
    epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                          if (error) return; // cancelled by stop()
                          dispatch();
                          wait();
                      });
}

void poller::dispatch() {
    // One batch per turn, so that timers and posted work get their share. Asio's wait is
    // level-triggered each time it is started, so the remaining events are not lost.
    const int n = ::epoll_wait(epoll_.native_handle(), events_.data(), batch_size, 0);
    begin_turn_();
    last_ = n > 0 ? n : 0;
    for (next_ = 0; next_ < last_;) {
        const epoll_event event = events_[next_++];
        if (event.data.ptr) static_cast<handler*>(event.data.ptr)->on_events(event.events);
    }
    next_ = last_ = 0;
    end_turn_();
}

} // namespace thalamus::net
