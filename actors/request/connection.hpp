#pragma once
// The actor of one connection: owns its session and sends each request, as an exchange, to the
// first stage (the router of its reactor or the admin actor). If the actor is killed, an exchange
// in flight gets 503 and the connection closes; nothing else is affected.

#include "actors/context.hpp"
#include "actors/request/exchange.hpp"
#include "net/actor_runtime.hpp"
#include "net/http1_session.hpp"

#include <optional>

namespace thalamus::actors {

class connection_actor final : public net::pinned_actor,
                               public open_connection,
                               private net::http1_session::owner {
public:
    /// Takes ownership of an accepted descriptor. `first_stage` gets the exchanges. It is read for
    /// each one, because the supervisor may replace that actor. `place` counts this connection.
    connection_actor(caf::actor_config& config, reactor_context& context, int fd,
                     exchange::origin from, const caf::actor& first_stage, counter_guard place);
    ~connection_actor() override;

    caf::behavior make_behavior() override;
    const char* name() const override { return "connection"; }
    void on_exit() override;

    void drain() override;
    void close_if_idle() override;
    caf::actor handle() override { return caf::actor_cast<caf::actor>(this); }

private:
    void on_request(std::unique_ptr<net::server_stream> stream) override;
    void on_session_closed() override;

    reactor_context& context_;
    caf::strong_actor_ptr self_; // while connected: no other reference exists
    int fd_;                     // until the session owns it
    const exchange::origin origin_;
    const caf::actor& first_stage_;
    const counter_guard place_;
    std::optional<net::http1_session> session_;
};

} // namespace thalamus::actors
