#include "actors/request/connection.hpp"

#include "actors/messages.hpp"

#include <system_error>
#include <unistd.h>

namespace thalamus::actors {

connection_actor::connection_actor(caf::actor_config& config, reactor_context& context, int fd,
                                   exchange::origin from, const caf::actor& first_stage,
                                   counter_guard place)
    : net::pinned_actor(config),
      context_(context),
      fd_(fd),
      origin_(from),
      first_stage_(first_stage),
      place_(std::move(place)) {}

connection_actor::~connection_actor() {
    if (fd_ >= 0) ::close(fd_);
}

caf::behavior connection_actor::make_behavior() {
    if (context_.ending) return {}; // an actor without a behavior ends at once
    self_ = ctrl();
    const auto& snapshot = context_.node.plan.snapshot();
    session_.emplace(context_.home, static_cast<net::http1_session::owner&>(*this), snapshot.limits,
                     snapshot.timeouts);
    context_.connections.push_back(*this);
    if (origin_ == exchange::origin::client)
        context_.metrics.add(observe::gauge::client_connections, 1);
    if (context_.node.draining.load(std::memory_order_relaxed)) session_->drain();
    session_->start(std::exchange(fd_, -1));
    return {[this](session_closed) { quit(); }};
}

void connection_actor::on_exit() {
    self_ = nullptr;
    if (!session_) return;
    session_.reset();
    unlink();
    if (origin_ == exchange::origin::client)
        context_.metrics.add(observe::gauge::client_connections, -1);
}

void connection_actor::drain() {
    if (session_) session_->drain();
}

void connection_actor::close_if_idle() {
    if (session_) session_->close_if_idle();
}

void connection_actor::on_request(std::unique_ptr<net::server_stream> stream) {
    const exchange_ptr exchange(new actors::exchange(context_, std::move(stream), origin_));
    caf::anon_send(first_stage_, exchange);
}

void connection_actor::on_session_closed() { caf::anon_send(this, session_closed::value); }

} // namespace thalamus::actors
