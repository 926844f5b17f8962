#include "net/reactor.hpp"

#include <caf/resumable.hpp>

namespace thalamus::net {

namespace {
thread_local const reactor* current = nullptr;
}

reactor::reactor(caf::actor_system& system, unsigned index)
    : caf::execution_unit(&system),
      index_(index),
      timers_(base::bind<&reactor::wake_at>(this)),
      poller_(
          io_, [this] { begin_turn(); }, [this] { end_turn(); }) {}

reactor::~reactor() = default;

void reactor::run() {
    current = this;
    io_.run();
    // Actors that are still ready were told to stop: let them finish.
    while (!ready_.empty()) run_ready();
    current = nullptr;
}

bool reactor::is_current() const { return current == this; }

void reactor::stop() {
    boost::asio::post(io_, [this] {
        poller_.stop();
        wake_up_.cancel();
    });
}

void reactor::exec_later(caf::resumable* actor) {
    if (current != this) {
        post([this, actor] { ready_.push_back(actor); });
        return;
    }
    ready_.push_back(actor);
    if (turns_ == 0 && !drain_posted_) {
        drain_posted_ = true;
        post([] {});
    }
}

void reactor::begin_turn() {
    if (turns_++ == 0) refresh_now();
}

void reactor::end_turn() {
    if (turns_ == 1) run_ready();
    --turns_;
}

void reactor::run_ready() {
    drain_posted_ = false;
    for (int i = 0; i < resumes_per_turn && !ready_.empty(); ++i) {
        caf::resumable* actor = ready_.front();
        ready_.pop_front();
        switch (actor->resume(this, messages_per_resume)) {
        case caf::resumable::resume_later: ready_.push_back(actor); break;
        case caf::resumable::done:
        case caf::resumable::awaiting_message:
            caf::intrusive_ptr_release(actor); // the reference that came with exec_later()
            break;
        case caf::resumable::shutdown_execution_unit:
            break; // how CAF ends its own workers; there is no reference to release
        }
    }
    if (!ready_.empty() && !drain_posted_) {
        drain_posted_ = true;
        post([] {});
    }
}

void reactor::wake_at(time_point when) {
    wake_up_.expires_at(when);
    wake_up_.async_wait([this](const boost::system::error_code& error) {
        if (error) return; // moved to an earlier time, or stopped
        in_turn([this] { timers_.expire(now_); });
    });
}

} // namespace thalamus::net
