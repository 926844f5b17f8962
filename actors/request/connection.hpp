#pragma once
// The actor of a client's connection: owns its session and sends each request, as an exchange, to
// the router of its reactor. If it is ended from outside, an exchange under way is answered 503 and
// the connection closes; nothing else notices.

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
    /// Takes over an accepted descriptor. `first_stage` gets the exchanges; read anew for each, it
    /// may be replaced by the supervisor. `place` is its own among the connections counted.
    connection_actor(caf::actor_config& config, reactor_context& context, int fd,
                     exchange::origin from, const caf::actor& first_stage, counted place);
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
    caf::strong_actor_ptr self_; // while connected: nobody else holds it
    int fd_;                     // until the session has it
    const exchange::origin origin_;
    const caf::actor& first_stage_;
    const counted place_;
    std::optional<net::http1_session> session_;
};

} // namespace thalamus::actors
