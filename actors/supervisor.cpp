#include "actors/supervisor.hpp"

#include "actors/messages.hpp"
#include "actors/request/authenticator.hpp"
#include "actors/request/rate_limiter.hpp"
#include "actors/request/router.hpp"
#include "actors/upstream/upstream.hpp"
#include "observe/program_log.hpp"

#include <utility>

namespace thalamus::actors {

supervisor_actor::supervisor_actor(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context) {
    set_down_handler([this](caf::down_msg& down) { replace(down); });
}

caf::behavior supervisor_actor::make_behavior() {
    context_.upstreams.resize(context_.node.plan.snapshot().services.size());
    start_rate_limiter();
    start_authenticator();
    start_router();
    for (std::size_t i = 0; i < context_.upstreams.size(); ++i) start_upstream(i);
    return {[this](targets_changed, std::size_t service) {
        caf::anon_send(context_.upstreams[service], targets_changed::value);
    }};
}

void supervisor_actor::on_exit() {
    caf::anon_send_exit(context_.router, caf::exit_reason::user_shutdown);
    context_.router = nullptr;
    caf::anon_send_exit(std::exchange(context_.authenticator, nullptr),
                        caf::exit_reason::user_shutdown);
    caf::anon_send_exit(context_.rate_limiter, caf::exit_reason::user_shutdown);
    context_.rate_limiter = nullptr;
    context_.node.limiters.set(context_.home.index(), nullptr);
    for (auto& upstream : context_.upstreams) // keep the slots: the router may still use them
        caf::anon_send_exit(std::exchange(upstream, nullptr), caf::exit_reason::user_shutdown);
}

void supervisor_actor::start_router() {
    context_.router = net::spawn_on<router_actor>(context_.home, context_);
    monitor(context_.router);
}

void supervisor_actor::start_authenticator() {
    context_.authenticator = net::spawn_on<authenticator_actor>(context_.home, context_);
    monitor(context_.authenticator);
}

void supervisor_actor::start_rate_limiter() {
    context_.rate_limiter = net::spawn_on<rate_limiter_actor>(context_.home, context_);
    monitor(context_.rate_limiter);
    context_.node.limiters.set(context_.home.index(), context_.rate_limiter);
    caf::anon_send(context_.node.limit_mode_coordinator,
                   limiter_started{context_.home.index(), context_.rate_limiter});
}

void supervisor_actor::start_upstream(std::size_t service) {
    context_.upstreams[service] = net::spawn_on<upstream_actor>(context_.home, context_, service);
    monitor(context_.upstreams[service]);
}

void supervisor_actor::replace(const caf::down_msg& down) {
    context_.metrics.add(observe::counter::actors_restarted);
    if (context_.router && down.source == context_.router.address()) {
        observe::log(observe::log_level::error, "reactor {}: router ended ({}); restarted it",
                     context_.home.index(), home_system().render(down.reason));
        start_router();
        return;
    }
    if (context_.authenticator && down.source == context_.authenticator.address()) {
        observe::log(observe::log_level::error,
                     "reactor {}: authenticator ended ({}); restarted it", context_.home.index(),
                     home_system().render(down.reason));
        start_authenticator();
        return;
    }
    if (context_.rate_limiter && down.source == context_.rate_limiter.address()) {
        observe::log(observe::log_level::error, "reactor {}: rate limiter ended ({}); restarted it",
                     context_.home.index(), home_system().render(down.reason));
        start_rate_limiter();
        return;
    }
    for (std::size_t i = 0; i < context_.upstreams.size(); ++i) {
        if (down.source != context_.upstreams[i].address()) continue;
        observe::log(observe::log_level::error,
                     "reactor {}: upstream of service {} ended ({}); restarted it",
                     context_.home.index(), context_.node.plan.snapshot().services[i].name,
                     home_system().render(down.reason));
        start_upstream(i);
        return;
    }
}

} // namespace thalamus::actors
