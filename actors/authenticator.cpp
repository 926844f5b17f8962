#include "actors/authenticator.hpp"

#include "actors/dispatch.hpp"

namespace thalamus::actors {

namespace {
using outcome = auth::decision::outcome;
using observe::auth_decision;
} // namespace

authenticator_actor::authenticator_actor(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context),
      authenticator_(context.node.ways) {}

caf::behavior authenticator_actor::make_behavior() {
    return {
        [this](const baton& exchange) {
            if (exchange->decided()) return;
            decide(*exchange);
            if (exchange->decided()) return;
            if (const auto* next = after_authentication(*exchange)) caf::anon_send(*next, exchange);
        },
    };
}

void authenticator_actor::decide(exchange& ex) {
    auto found = authenticator_.decide(*ex.route->settings, ex.client, ex.head().fields,
                                       ex.uri.query, std::chrono::system_clock::now());
    count(ex, found);
    ex.principal = std::move(found.who);
    if (!found.may_pass()) refuse(ex, found);
}

void authenticator_actor::refuse(exchange& ex, const auth::decision& why) const {
    std::vector<http::own_field> fields;
    const auto values = auth::challenges(context_.node.ways, *ex.route->settings, why);
    const bool forbidden = why.what == outcome::forbidden;
    // A challenge answers a credential; who is refused by address cannot bring a better one.
    if (!forbidden || why.lacks == auth::unmet::scope)
        for (const auto& value : values) fields.push_back({"WWW-Authenticate", value});
    ex.fail(forbidden ? 403 : 401, why.reason, {}, fields);
}

void authenticator_actor::count(const exchange& ex, const auth::decision& what) const {
    constexpr auth_decision names[] = {auth_decision::passed, auth_decision::anonymous,
                                       auth_decision::missing, auth_decision::refused,
                                       auth_decision::forbidden};
    // Without a credential no way has decided: the route's first one stands for it.
    const auto& ways = ex.route->settings->auth;
    const auto way = what.way != auth::decision::none ? what.way
                     : ways.empty()                   ? observe::no_index
                                                      : ways.front();
    context_.metrics.add(way, names[static_cast<std::size_t>(what.what)]);
}

} // namespace thalamus::actors
