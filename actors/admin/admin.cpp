#include "actors/admin/admin.hpp"

#include "actors/admin/admin_access.hpp"
#include "actors/admin/admin_responses.hpp"
#include "actors/request/buffered_body.hpp"
#include "actors/upstream/service_targets.hpp"
#include "cluster/node.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace thalamus::actors {

using nlohmann::json;

namespace {

constexpr std::size_t body_limit = 64 * 1024;
constexpr std::chrono::seconds longest_call{10};

/// Runs on its own thread: with thousands of routes, writing the page would block a reactor for too
/// long.
caf::behavior write_metrics(caf::event_based_actor*, const observe::metrics* of) {
    return {[of](bool open_metrics) -> caf::result<std::string> {
        try {
            return of->expose(open_metrics ? observe::metrics::text_format::open_metrics
                                           : observe::metrics::text_format::prometheus);
        } catch (const std::exception& e) {
            return caf::make_error(caf::sec::runtime_error, e.what());
        }
    }};
}

/// Takes the same time for a wrong token as for the right one.
bool equal_in_constant_time(std::string_view given, std::string_view expected) {
    unsigned difference = given.size() == expected.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i)
        difference |= static_cast<unsigned char>(given[i]) ^
                      static_cast<unsigned char>(expected[i % expected.size()]);
    return difference == 0;
}

constexpr std::array<std::string_view, 8> readable{"/live",   "/ready",  "/metrics",  "/version",
                                                   "/config", "/routes", "/services", "/cluster"};

std::string_view action_of(const config::route_settings& route) {
    switch (route.action.index()) {
    case 0: return "service";
    case 1: return "split";
    case 2: return "respond";
    default: return "redirect";
    }
}

} // namespace

admin_actor::admin_actor(caf::actor_config& config, reactor_context& context,
                         admin_services services)
    : net::pinned_actor(config),
      context_(context),
      services_(std::move(services)) {}

caf::behavior admin_actor::make_behavior() {
    metrics_writer_ = home_system().spawn<caf::detached>(write_metrics, &context_.node.metrics);
    return {[this](const exchange_ptr& exchange) {
        if (!exchange->decided()) handle(exchange);
    }};
}

void admin_actor::on_exit() {
    anon_send_exit(metrics_writer_, caf::exit_reason::user_shutdown);
    metrics_writer_ = nullptr;
    context_.admin = nullptr;
}

void admin_actor::handle(const exchange_ptr& exchange) {
    auto& ex = *exchange;
    ex.made_id = http::make_request_id(context_.random);
    ex.request_id = ex.made_id.view();
    if (const auto& why = ex.stream().refusal()) {
        ex.fail(why.status, why.reason);
        return;
    }
    ex.uri = http::canonicalize(ex.head().target, ex.path_buffer);
    if (ex.uri.refusal) {
        ex.fail(ex.uri.refusal.status, ex.uri.refusal.reason);
        return;
    }
    if (ex.uri.path != "/live" && ex.uri.path != "/ready" && !authorized(ex)) {
        const http::own_field challenge{"WWW-Authenticate", "Bearer realm=\"thalamus admin\""};
        ex.fail(401, "admin token missing or wrong",
                "send the admin.token as Authorization: Bearer", std::span(&challenge, 1));
        return;
    }
    const auto method = ex.head().method;
    if (method != "GET" && method != "HEAD" &&
        !http::find(ex.head().fields, http::field_id::origin).empty()) {
        ex.fail(403, "requests from web pages are rejected",
                "send the request without an Origin field");
        return;
    }
    ex.set_deadline(longest_call);
    buffered_body::collect(exchange, body_limit,
                           [this](const exchange_ptr& e, std::string_view body) { call(e, body); });
}

bool admin_actor::authorized(const exchange& ex) const {
    const auto& token = context_.node.plan.snapshot().admin.token;
    if (token.empty()) return true;
    const auto given = http::find(ex.head().fields, http::field_id::authorization);
    constexpr std::string_view scheme = "Bearer ";
    return given.size() > scheme.size() && http::iequals(given.substr(0, scheme.size()), scheme) &&
           equal_in_constant_time(given.substr(scheme.size()), token);
}

void admin_actor::call(const exchange_ptr& exchange, std::string_view body) {
    auto& ex = *exchange;
    const auto method = ex.head().method;
    const auto path = ex.uri.path;
    const auto& snapshot = context_.node.plan.snapshot();
    const bool known = std::ranges::find(readable, path) != readable.end();
    if (known && (method == "GET" || method == "HEAD")) {
        if (path == "/live") respond_json(ex, 200, R"({"live":true})");
        else if (path == "/ready") serve_ready(ex);
        else if (path == "/metrics") serve_metrics(exchange);
        else if (path == "/config")
            respond_json(ex, 200,
                         R"({"version":")" + snapshot.version + R"(","configuration":)" +
                             snapshot.effective + "}");
        else if (path == "/routes") respond_json(ex, 200, routes_json());
        else if (path == "/services") respond_json(ex, 200, services_json());
        else if (path == "/cluster") respond_json(ex, 200, cluster_json());
        else
            respond_json(ex, 200,
                         json{{"program", "thalamus"},
                              {"version", services_.version},
                              {"configuration", snapshot.version},
                              {"node", snapshot.node.name}}
                             .dump());
        return;
    }
    if (path == "/drain" && method == "POST") {
        respond_json(ex, 202, R"({"draining":true})");
        services_.drain();
        return;
    }
    if (known || path == "/drain") {
        refuse_method(ex, known ? "GET, HEAD" : "POST");
        return;
    }
    if (call_access(exchange, method, path, body)) return;
    if (const auto found = services_.more.find(std::string(method) + " " + std::string(path));
        found != services_.more.end()) {
        const auto [status, text] = found->second(body);
        respond_json(ex, status, text);
        return;
    }
    ex.fail(404, "no such endpoint on the admin port");
}

void admin_actor::serve_ready(exchange& ex) {
    json reasons = json::array();
    if (context_.node.draining.load(std::memory_order_relaxed)) reasons.push_back("draining");
    for (const auto& service : context_.node.targets)
        if (!service->looked_up())
            reasons.push_back("service " + service->settings().name +
                              ": resolving its targets' names");
    if (!context_.node.limits_ready) reasons.push_back("connecting to the store");
    if (!context_.node.plan.snapshot().auth.empty() && !context_.node.credential_state.known)
        reasons.push_back("loading revocations and API keys");
    const bool ready = reasons.empty();
    respond_json(ex, ready ? 200 : 503, json{{"ready", ready}, {"reasons", reasons}}.dump());
}

void admin_actor::serve_metrics(const exchange_ptr& exchange) {
    const auto format =
        observe::metrics::format_for(http::find(exchange->head().fields, http::field_id::accept));
    request(metrics_writer_, longest_call, format == observe::metrics::text_format::open_metrics)
        .then(
            [exchange, format](std::string page) {
                const http::own_field fields[] = {
                    {"Content-Type", observe::metrics::content_type(format)},
                    {"Cache-Control", "no-store"}};
                exchange->respond_copy(200, fields, std::move(page));
            },
            [exchange](const caf::error&) {
                exchange->fail(503, "the metrics could not be written");
            });
}

std::string admin_actor::routes_json() const {
    json list = json::array();
    for (const auto& route : context_.node.plan.snapshot().routes)
        list.push_back({{"id", route.id},
                        {"path", route.match.path.source},
                        {"methods", route.match.methods},
                        {"hosts", route.match.hosts},
                        {"action", action_of(route)}});
    return json{{"routes", std::move(list)}}.dump();
}

/// The unhealthy and ejected targets that another node has reported.
json admin_actor::troubles_of(const std::string& node) const {
    json list = json::array();
    for (const auto& t : context_.node.health_views.of(node, context_.home.now()))
        list.push_back({{"service", t.service}, {"target", t.target}, {"state", t.what}});
    return list;
}

json admin_actor::own_troubles() const {
    json list = json::array();
    for (const auto& service : context_.node.targets) {
        const auto set = service->current();
        for (std::size_t i = 0; set && i < set->targets.size(); ++i) {
            const auto state = set->health.look(i, context_.home.now());
            if (state.healthy && !state.ejected) continue;
            list.push_back({{"service", service->settings().name},
                            {"target", set->targets[i].text},
                            {"state", state.healthy ? "ejected" : "unhealthy"}});
        }
    }
    return list;
}

/// Built from the members' last heartbeats; no node is called for it.
std::string admin_actor::cluster_json() const {
    const auto& node = context_.node;
    json members = json::array();
    const auto add = [&](const cluster::member& of, bool self) {
        const bool answered = self || (of.state == cluster::member_state::alive && of.direct);
        members.push_back({{"name", of.name},
                           {"address", of.address},
                           {"state", cluster::to_text(of.state)},
                           {"incarnation", of.incarnation},
                           {"version", of.status.version},
                           {"configuration", of.status.configuration},
                           {"answered", answered},
                           {"requests_per_second", of.status.requests_per_second},
                           {"store", cluster::to_text(of.status.store)},
                           {"draining", of.status.draining},
                           {"health", self ? own_troubles() : troubles_of(of.name)}});
    };
    if (node.cluster) {
        const auto view = node.cluster->current();
        for (const auto& m : view->members) add(m, m.name == view->self);
    }
    // Texts from other nodes may contain any bytes.
    return json{{"node", node.plan.snapshot().node.name}, {"members", std::move(members)}}.dump(
        -1, ' ', false, json::error_handler_t::replace);
}

std::string admin_actor::services_json() const {
    json list = json::array();
    const auto now = net::clock::now();
    for (const auto& service : context_.node.targets) {
        json targets = json::array();
        if (const auto set = service->current())
            for (std::size_t i = 0; i < set->targets.size(); ++i) {
                const auto state = set->health.look(i, now);
                targets.push_back({{"address", set->targets[i].text},
                                   {"host", set->targets[i].authority},
                                   {"weight", set->targets[i].weight},
                                   {"healthy", state.healthy},
                                   {"ejected", state.ejected},
                                   {"consecutive_failures", state.consecutive_failures},
                                   {"in_flight", set->in_flight[i].load()}});
            }
        list.push_back({{"name", service->settings().name}, {"targets", std::move(targets)}});
    }
    return json{{"services", std::move(list)}}.dump();
}

} // namespace thalamus::actors
