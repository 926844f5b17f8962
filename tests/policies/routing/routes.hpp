#pragma once
// Routes and requests for tests of what is compiled from a snapshot.

#include "config/snapshot.hpp"
#include "policies/routing/route_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thalamus::routing {

inline config::route_settings make_route(std::string_view path,
                                         std::vector<std::string> methods = {},
                                         std::vector<std::string> hosts = {}) {
    config::route_settings r;
    auto pattern = config::parse_path_pattern(path);
    EXPECT_TRUE(std::holds_alternative<config::path_pattern>(pattern)) << path;
    r.id = std::string(path);
    r.match.path = std::get<config::path_pattern>(std::move(pattern));
    r.match.methods = std::move(methods);
    r.match.hosts = std::move(hosts);
    r.action = config::service_action{0};
    return r;
}

using name_values = std::vector<std::pair<std::string, std::string>>;

inline http::field_list make_fields(const name_values& pairs) {
    http::field_list fields;
    for (const auto& [name, value] : pairs)
        fields.push_back({http::to_field_id(name), name, value});
    return fields;
}

/// A snapshot of routes and its table.
struct routes {
    config::snapshot snapshot;
    route_table table;

    explicit routes(std::vector<config::route_settings> list)
        : snapshot(make(std::move(list))),
          table(snapshot) {}

    /// "path" of the route that answers with "name=value" per capture, or "404", or "405 GET,
    /// HEAD".
    std::string ask(std::string_view method, std::string_view host, std::string_view path,
                    std::string_view query = "", const name_values& pairs = {}) const {
        const auto fields = make_fields(pairs);
        const auto match = table.match({method, host, path, query, &fields});
        if (match.result == route_match::outcome::not_found) return "404";
        if (match.result == route_match::outcome::method_not_allowed) return "405 " + match.allow;
        auto text = snapshot.routes[match.route].id;
        for (const auto& c : match.captures)
            text += " " + std::string(c.name) + "=" + std::string(c.value);
        return match.preflight ? "preflight " + text : text;
    }
    std::string get(std::string_view path) const { return ask("GET", "h", path); }

private:
    static config::snapshot make(std::vector<config::route_settings> list) {
        config::snapshot s;
        s.services.emplace_back().name = "users";
        s.routes = std::move(list);
        return s;
    }
};

} // namespace thalamus::routing
