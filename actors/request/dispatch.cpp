#include "actors/request/dispatch.hpp"

#include "actors/upstream/balancing_key.hpp"
#include "http/template_expand.hpp"
#include "policies/routing/split.hpp"

namespace thalamus::actors {

const caf::actor* dispatch(exchange& ex) {
    auto& context = ex.context();
    const auto& route = *ex.route->settings;
    if (const auto* respond = std::get_if<config::respond_action>(&route.action)) {
        ex.respond(respond->status, ex.route->respond_fields, respond->body);
        return nullptr;
    }
    if (const auto* redirect = std::get_if<config::redirect_action>(&route.action)) {
        std::string location;
        auto from = ex.templates();
        std::string query;
        from.query = http::other_parameters(ex.route->hidden, from.query, query);
        if (!http::expand_for_location(redirect->to, from, location)) {
            ex.fail(400, "the request lacks a value for the redirect");
            return nullptr;
        }
        const http::own_field field{"Location", location};
        ex.respond(redirect->status, std::span(&field, 1), {});
        return nullptr;
    }
    std::size_t service = 0, share = 0;
    if (const auto* split = std::get_if<config::split_action>(&route.action)) {
        share = routing::choose_share(*split, balancing_key(ex, split->on));
        service = split->to[share].service;
    } else {
        service = std::get<config::service_action>(route.action).service;
    }
    ex.forward_uri =
        http::rewrite_uri(route.rewrite, ex.uri.path, ex.templates(), ex.rewrite_buffer);
    if (ex.forward_uri.refusal) {
        ex.fail(ex.forward_uri.refusal.status, ex.forward_uri.refusal.reason);
        return nullptr;
    }
    ex.trace = http::continue_or_start_trace(ex.head().fields, context.random);
    ex.service_index = service;
    ex.forward = &ex.route->forward[share];
    return &context.upstreams[service];
}

const caf::actor* after_authentication(exchange& ex) {
    if (!ex.route->settings->rate_limits.empty()) return &ex.context().rate_limiter;
    return dispatch(ex);
}

} // namespace thalamus::actors
