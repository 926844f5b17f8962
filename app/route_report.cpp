#include "app/route_report.hpp"

#include "http/canonical_path.hpp"
#include "http/host_name.hpp"
#include "http/request_target.hpp"
#include "policies/routing/route_table.hpp"

#include <algorithm>
#include <variant>
#include <vector>

namespace thalamus::app {

namespace {

using config::route_settings;

std::string join(const std::vector<std::string>& texts, std::string_view if_none) {
    std::string list;
    for (const auto& text : texts) {
        if (!list.empty()) list += ',';
        list += text;
    }
    return list.empty() ? std::string(if_none) : list;
}

std::string conditions_of(const config::match_settings& match) {
    std::vector<std::string> texts;
    for (const auto& h : match.headers) texts.push_back("header " + h.name + "=" + h.value);
    for (const auto& q : match.query) texts.push_back("query " + q.name + "=" + q.value);
    return join(texts, "");
}

std::string action_of(const config::snapshot& snapshot, const route_settings& route) {
    if (const auto* one = std::get_if<config::service_action>(&route.action))
        return "service " + snapshot.services[one->service].name;
    if (const auto* split = std::get_if<config::split_action>(&route.action)) {
        std::vector<std::string> shares;
        for (const auto& share : split->to)
            shares.push_back(snapshot.services[share.service].name + ":" +
                             std::to_string(share.weight));
        return "split " + join(shares, "");
    }
    if (const auto* respond = std::get_if<config::respond_action>(&route.action))
        return "respond " + std::to_string(respond->status);
    const auto& redirect = std::get<config::redirect_action>(route.action);
    return "redirect " + std::to_string(redirect.status) + " " + redirect.to.source;
}

/// Formats rows of text as columns, separated by two spaces.
std::string to_columns(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths.resize(std::max(widths.size(), i + 1));
            widths[i] = std::max(widths[i], row[i].size());
        }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            line.append(widths[i] - row[i].size() + 2, ' ');
        }
        line.resize(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

/// The reason why a route whose path matches is not selected; empty if there is none. The command
/// line cannot specify header fields, so their conditions are only listed.
std::string objection(const route_settings& route, const routing::route_candidate& candidate,
                      std::string_view host) {
    const auto& match = route.match;
    if (!candidate.host)
        return (host.empty() ? "no: requires host " : "no: host is not ") + join(match.hosts, "");
    if (const auto* q = candidate.unmet_query)
        return "no: requires query parameter " + q->name + "=" + q->value;
    if (!candidate.method) return "no: method is not " + join(match.methods, "");
    if (candidate.fields) return {};
    std::string text = "only with";
    for (const auto& h : match.headers) text += " " + h.name + ": " + h.value;
    return text;
}

} // namespace

std::string list_routes(const config::snapshot& snapshot) {
    std::vector<std::vector<std::string>> rows{
        {"ROUTE", "METHODS", "HOSTS", "PATH", "ACTION", "CONDITIONS"}};
    for (const auto& route : snapshot.routes)
        rows.push_back({route.id, join(route.match.methods, "*"), join(route.match.hosts, "*"),
                        route.match.path.source, action_of(snapshot, route),
                        conditions_of(route.match)});
    return to_columns(rows);
}

std::string explain_route(const config::snapshot& snapshot, std::string_view method,
                          std::string_view url) {
    std::string path_buffer, host_buffer;
    auto refused = http::check_target(method, url);
    const auto uri = refused ? http::request_uri{} : http::canonicalize(url, path_buffer);
    if (!refused) refused = uri.refusal;
    if (refused)
        return std::string(url) + ": " + std::to_string(refused.status) + ", " +
               std::string(refused.reason) + "\n";
    if (uri.type == http::request_uri::form::asterisk) return "*: the gateway itself responds\n";
    const auto host = http::normalize_host(uri.authority, host_buffer);

    const routing::route_table table(snapshot);
    const http::field_list no_fields;
    const routing::route_request request{method, uri.authority, uri.path, uri.query, &no_fields};
    const auto match = table.match(request);
    const auto candidates = table.candidates(request);
    using outcome = routing::route_match::outcome;
    const bool found = match.result == outcome::found;
    const auto* winner = found ? &snapshot.routes[match.route] : nullptr;

    std::string text = std::string(method) + " " + std::string(uri.path) + std::string(uri.query);
    if (!host.empty()) text += " at " + std::string(host);
    if (found) {
        text += ": " + winner->id + ", " + action_of(snapshot, *winner) + "\n";
        for (const auto& c : match.captures)
            text += "  {" + std::string(c.name) + "} = " + std::string(c.value) + "\n";
        if (uri.has_encoded_slash && !winner->allow_encoded_slash)
            text += "  but 400: %2F in the path, and allow_in_path lacks encoded_slash\n";
        if (uri.has_semicolon && !winner->allow_semicolon)
            text += "  but 400: \";\" in the path, and allow_in_path lacks semicolon\n";
    } else if (match.result == outcome::method_not_allowed) {
        text += ": 405, Allow: " + match.allow + "\n";
    } else {
        text += ": 404\n";
    }
    if (candidates.empty()) return text + "no route has a matching path\n";
    std::vector<std::vector<std::string>> rows{{"", "TRIED IN THIS ORDER", "PATH", "VERDICT"}};
    bool decided = false;
    for (const auto& candidate : candidates) {
        const auto& route = snapshot.routes[candidate.route];
        auto verdict = objection(route, candidate, host);
        if (&route == winner) {
            verdict = "selected";
            decided = true;
        } else if (verdict.empty()) {
            verdict =
                decided ? "matches, but is less specific" : "matches, but another lists the method";
        }
        rows.push_back({&route == winner ? "->" : "", route.id, route.match.path.source, verdict});
    }
    return text + to_columns(rows);
}

} // namespace thalamus::app
