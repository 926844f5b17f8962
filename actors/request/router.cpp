#include "actors/request/router.hpp"

#include "actors/request/dispatch.hpp"
#include "http/identity_fields.hpp"

namespace thalamus::actors {

namespace {

base::ip_bytes to_bytes(const boost::asio::ip::address& address) {
    if (address.is_v6()) return address.to_v6().to_bytes();
    return boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

void identify(reactor_context& context, exchange& ex) {
    const auto& snapshot = context.node.plan.snapshot();
    const auto& fields = ex.head().fields;
    ex.client = http::find_client(to_bytes(ex.stream().peer().address()), "http",
                                  snapshot.trusted_proxies, fields);
    ex.client_text = http::to_text(ex.client.ip);
    http::drop_forged_identity(ex.stream().fields(), ex.client.peer_trusted,
                               context.node.plan.asserted_headers());
    if (ex.client.peer_trusted) {
        const auto given = http::find(fields, http::field_id::x_request_id);
        if (http::is_acceptable_request_id(given)) ex.request_id = given;
    }
    if (ex.request_id.empty()) {
        ex.made_id = http::make_request_id(context.random);
        ex.request_id = ex.made_id.view();
    }
}

} // namespace

const caf::actor* route_exchange(reactor_context& context, exchange& ex) {
    const auto& plan = context.node.plan;
    identify(context, ex);
    if (const auto& why = ex.stream().refusal()) {
        context.metrics.add(observe::counter::requests_refused);
        ex.fail(why.status, why.reason);
        return nullptr;
    }
    const auto& head = ex.head();
    ex.uri = http::canonicalize(head.target, ex.path_buffer);
    if (ex.uri.refusal) {
        ex.fail(ex.uri.refusal.status, ex.uri.refusal.reason);
        return nullptr;
    }
    if (ex.uri.type == http::request_uri::form::asterisk) {
        const http::own_field allow{"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"};
        ex.respond(200, std::span(&allow, 1), {});
        return nullptr;
    }

    const routing::route_request asked{head.method, ex.host(), ex.uri.path, ex.uri.query,
                                       &head.fields};
    auto match = plan.table().match(asked);
    using outcome = routing::route_match::outcome;
    if (match.result == outcome::found) {
        ex.route_index = match.route;
        ex.route = &plan.route(match.route);
        ex.captures = std::move(match.captures);
    }
    if (ex.uri.has_encoded_slash && !(ex.route && ex.route->settings->allow_encoded_slash)) {
        ex.fail(400, "encoded slash in the path");
        return nullptr;
    }
    if (ex.uri.has_semicolon && !(ex.route && ex.route->settings->allow_semicolon)) {
        ex.fail(400, "semicolon in the path");
        return nullptr;
    }
    if (match.result == outcome::not_found) {
        ex.fail(404, "no route matches");
        return nullptr;
    }
    if (match.result == outcome::method_not_allowed) {
        const http::own_field allow{"Allow", match.allow};
        ex.fail(405, "method not allowed", {}, std::span(&allow, 1));
        return nullptr;
    }
    if (match.preflight) {
        ex.respond_to_preflight();
        return nullptr;
    }
    if (http::ends_here(head)) {
        const auto allow = plan.table().allow(asked);
        const http::own_field field{"Allow", allow};
        if (head.method == "TRACE")
            ex.fail(405, "TRACE is not forwarded", {}, std::span(&field, 1));
        else ex.respond(200, std::span(&field, 1), {});
        return nullptr;
    }
    if (head.framing == http::body_framing::length && head.content_length > ex.route->body_limit) {
        ex.fail(413, "request body over the limit");
        return nullptr;
    }
    ex.stream().limit_request_body(ex.route->body_limit);
    ex.set_deadline(ex.route->timeout);
    const auto& settings = *ex.route->settings;
    if (!settings.auth.empty() || !settings.require.empty()) return &context.authenticator;
    return after_authentication(ex);
}

caf::behavior router_actor::make_behavior() {
    return {
        [this](const exchange_ptr& exchange) {
            if (exchange->decided()) return;
            if (const auto* next = route_exchange(context_, *exchange))
                caf::anon_send(*next, exchange);
        },
    };
}

} // namespace thalamus::actors
