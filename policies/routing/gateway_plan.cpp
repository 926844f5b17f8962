#include "policies/routing/gateway_plan.hpp"

#include "config/header_names.hpp"
#include "config/scalars.hpp"

namespace thalamus::routing {

namespace {
std::vector<config::credential_source> sources_of(const config::auth_settings& settings) {
    return std::visit([](const auto& auth_method) { return auth_method.from; },
                      settings.auth_method);
}

route_plan make_plan(const config::snapshot& snapshot, const config::route_settings& route) {
    route_plan plan;
    plan.settings = &route;
    plan.timeout = route.timeout.value_or(snapshot.timeouts.request);
    plan.body_limit = route.body.value_or(snapshot.limits.body);
    plan.response_edits = http::header_plan(route.response_headers);
    for (const auto index : route.rate_limits)
        append_policy_of(snapshot.rate_limits[index], plan.limit_policy);
    if (route.cors) plan.cors.emplace(*route.cors);
    if (route.hide_credentials)
        for (const auto index : route.auth)
            for (const auto& source : sources_of(snapshot.auth[index]))
                plan.hidden.push_back(source);
    if (const auto* one = std::get_if<config::service_action>(&route.action))
        plan.forward.push_back(http::make_forward_plan(route, snapshot.services[one->service]));
    if (const auto* split = std::get_if<config::split_action>(&route.action))
        for (const auto& share : split->to)
            plan.forward.push_back(
                http::make_forward_plan(route, snapshot.services[share.service]));
    if (const auto* respond = std::get_if<config::respond_action>(&route.action))
        for (const auto& [name, value] : respond->headers)
            plan.respond_fields.emplace_back(name, value);
    return plan;
}
} // namespace

void append_policy_of(const config::rate_limit_settings& limit, std::string& out) {
    if (limit.dry_run) return;
    const auto window = std::chrono::ceil<std::chrono::seconds>(limit.period).count();
    http::append_limit_policy(limit.name, limit.count, static_cast<std::uint64_t>(window), out);
}

gateway_plan::gateway_plan(config::snapshot_ptr snapshot)
    : snapshot_(std::move(snapshot)),
      table_(*snapshot_) {
    routes_.reserve(snapshot_->routes.size());
    for (const auto& route : snapshot_->routes) routes_.push_back(make_plan(*snapshot_, route));
    for (const auto& auth_method : snapshot_->auth) {
        for (const auto& source : sources_of(auth_method))
            if (source.type == config::credential_source::kind::query)
                query_credentials_.push_back(source);
        if (const auto* outside = std::get_if<config::forward_settings>(&auth_method.auth_method))
            for (const auto& name : outside->copy)
                if (config::is_assertion(name)) asserted_headers_.push_back(config::to_lower(name));
    }
}

} // namespace thalamus::routing
