#include "config/addresses.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

constexpr std::uint64_t most_weight = 1'000'000;
const std::string off_hint = "write {} for the defaults, or off";

std::optional<target_settings> read_target(reader& in, const cursor& at) {
    target_settings target;
    const auto read_url = [&](const cursor& where) {
        const auto text = in.text(where);
        const auto address = text ? in.parsed(where, to_target(*text)) : std::nullopt;
        if (!address) return false;
        target.url = *text;
        target.address = *address;
        return true;
    };
    if (at.value->type != node::kind::mapping)
        return read_url(at) ? std::optional(target) : std::nullopt;
    block from(in, at);
    const auto url = from.find("url");
    if (!url) from.missing("url", "as in url: http://host:port");
    const bool usable = url && read_url(*url);
    from.integer("weight", target.weight, 0, most_weight);
    from.finish();
    return usable ? std::optional(target) : std::nullopt;
}

void read_targets(block& from, service_settings& into) {
    auto& in = from.in();
    const std::string example = "as in targets: [\"http://host:port\"]";
    const auto found = from.find("targets");
    if (!found) return from.missing("targets", example);
    const auto elements = in.list(*found, example);
    if (!elements) return;
    if (elements->empty()) in.fail(*found, "no target", example);
    std::set<std::string> addresses;
    std::uint64_t weights = 0;
    for (const auto& element : *elements) {
        const auto target = read_target(in, element);
        if (!target) {
            ++weights; // already reported
            continue;
        }
        if (!addresses.insert(to_lower(to_text(target->address))).second)
            in.fail(element, in_quotes(target->url) + " is a duplicate target",
                    "increase its weight instead");
        weights += target->weight;
        into.targets.push_back(*target);
    }
    if (weights == 0 && !elements->empty())
        in.fail(*found, "no target has a weight above 0", "give one of them a weight of 1 or more");
}

void read_connections(block& from, service_settings& into) {
    const auto found = from.find("connections");
    if (!found) return;
    block connections(from.in(), *found);
    connections.integer("max", into.max_connections, 1, 1'000'000);
    connections.duration("idle", into.idle);
    connections.boolean("per_target", into.per_target);
    connections.finish();
}

void read_host(block& from, service_settings& into) {
    auto& in = from.in();
    const auto found = from.find("host");
    const auto text = found ? in.text(*found) : std::nullopt;
    if (!text || *text == "preserve") return;
    if (*text == "target") {
        into.host = host_policy::target;
        return;
    }
    into.host = host_policy::literal;
    into.host_literal = *text;
    if (!is_authority(*text))
        in.fail(*found, in.shown(*found) + " is not a host",
                "write preserve, target or a literal such as api.internal:8080");
}

void read_health(block& from, service_settings& into) {
    auto& in = from.in();
    const auto found = from.find("health");
    if (!found || in.is_off(*found)) return;
    block health(in, *found, off_hint);
    auto& check = into.health.emplace();
    health.text("path", check.path);
    if (const auto path = health.find("path")) {
        const bool printable = std::all_of(check.path.begin(), check.path.end(),
                                           [](char c) { return c > ' ' && c < 0x7F; });
        if (!check.path.starts_with('/') || !printable || check.path.find('#') != std::string::npos)
            in.fail(*path, in.shown(*path) + " is not a path", "as in /healthz");
    }
    health.duration("interval", check.interval, milliseconds(100));
    health.duration("timeout", check.timeout);
    health.integer("healthy_after", check.healthy_after, 1, 1000);
    health.integer("unhealthy_after", check.unhealthy_after, 1, 1000);
    if (const auto status = health.find("status")) check.status = read_statuses(in, *status);
    health.finish();
}

void read_outlier(block& from, service_settings& into) {
    const auto found = from.find("outlier");
    if (found && from.in().is_off(*found)) return;
    auto& outlier = into.outlier.emplace();
    if (!found) return;
    block settings(from.in(), *found, off_hint);
    settings.integer("consecutive_failures", outlier.consecutive_failures, 1, 1'000'000);
    settings.duration("eject_for", outlier.eject_for);
    settings.percent("max_ejected", outlier.max_ejected);
    settings.finish();
}

/// `on`: connect, reset, timeout and statuses.
void read_retry_causes(reader& in, const cursor& at, retry_settings& into) {
    const auto elements = in.list(at, "as in [connect, reset, 502-504]");
    if (!elements) return;
    into.on_connect = into.on_reset = into.on_timeout = false;
    for (const auto& element : *elements) {
        const auto word = in.text(element);
        if (!word) continue;
        if (*word == "connect") into.on_connect = true;
        else if (*word == "reset") into.on_reset = true;
        else if (*word == "timeout") into.on_timeout = true;
        else if (const auto range = to_status_range(*word); range && range->first >= 400)
            into.on_status.push_back(*range);
        else
            in.fail(element, in.shown(element) + " is not a retry condition",
                    range ? "only statuses from 400 to 599 can be retried"
                          : did_you_mean(
                                *word, {"connect", "reset", "timeout"},
                                "known: connect, reset, timeout, statuses as in 503 or 502-504"));
    }
}

void read_retry(block& from, service_settings& into) {
    auto& in = from.in();
    const auto found = from.find("retry");
    if (found && in.is_off(*found)) return;
    auto& retry = into.retry.emplace();
    if (!found) return;
    block settings(in, *found, off_hint);
    settings.integer("attempts", retry.attempts, 1, 10);
    if (const auto on = settings.find("on")) read_retry_causes(in, *on, retry);
    settings.duration("backoff", retry.backoff, milliseconds(0));
    settings.percent("budget", retry.budget);
    if (const auto methods = settings.find("methods"))
        if (auto list = read_methods(in, *methods)) retry.methods = std::move(*list);
    settings.finish();
}

service_settings read_service(reader& in, const cursor& at) {
    service_settings service;
    service.name = at.key->text;
    service.where = in.problems().to_place(at.key->where);
    if (!is_name(service.name))
        in.fail_key(at, in_quotes(service.name) + " is not a valid name for a service",
                    "1 to 64 letters, digits, \"_\", \".\" and \"-\"");
    block from(in, at);
    read_targets(from, service);
    from.choice("balance", service.balance,
                {{"least_requests", balance_by::least_requests},
                 {"round_robin", balance_by::round_robin},
                 {"hash", balance_by::hash}});
    if (const auto on = from.find("hash_on"))
        if (auto source = read_hash_source(in, *on)) service.hash_on = std::move(*source);
    from.duration("connect_timeout", service.connect_timeout);
    from.duration("timeout", service.timeout);
    read_connections(from, service);
    read_host(from, service);
    read_health(from, service);
    read_outlier(from, service);
    read_retry(from, service);
    from.not_yet({"tls", "protocol", "breaker", "concurrency", "hedge"});
    from.finish();
    return service;
}

} // namespace

void read_services(block& top, snapshot& into) {
    auto& in = top.in();
    const auto found = top.find("services");
    if (!found) return;
    const auto members = in.members(*found, "as in {users: {targets: [\"http://users:8000\"]}}");
    for (const auto& member : members.value_or(std::vector<cursor>{}))
        into.services.push_back(read_service(in, member));
}

} // namespace thalamus::config
