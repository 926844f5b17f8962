#pragma once
// Spawns the stage actors of its reactor (router, authenticator, rate limiter, one upstream per
// service) and replaces any that ends. The exchanges of an actor that ended get a 503 when their
// last exchange_ptr is destroyed.

#include "actors/context.hpp"
#include "net/actor_runtime.hpp"

namespace thalamus::actors {

class supervisor_actor final : public net::pinned_actor {
public:
    supervisor_actor(caf::actor_config& config, reactor_context& context);
    caf::behavior make_behavior() override;
    const char* name() const override { return "supervisor"; }
    void on_exit() override;

private:
    void start_router();
    void start_authenticator();
    void start_rate_limiter();
    void start_upstream(std::size_t service);
    void replace(const caf::down_msg& down);

    reactor_context& context_;
};

} // namespace thalamus::actors
