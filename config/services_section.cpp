#include "config/services_description.hpp"

#include "config/sections.hpp"

#include <algorithm>
#include <set>

namespace thalamus::config {

namespace {

std::optional<target_settings> read_target(reader& in, const cursor& at) {
    target_settings target;
    if (at.value->type != node::kind::mapping) {
        read_target_url(in, at, target);
    } else {
        block from(in, at);
        describe(from, target);
        from.finish();
    }
    return target.url.empty() ? std::nullopt : std::optional(std::move(target));
}

} // namespace

void read_target_url(reader& in, const cursor& at, target_settings& into) {
    const auto text = in.text(at);
    const auto address = text ? in.parsed(at, to_target(*text)) : std::nullopt;
    if (!address) return;
    into.url = *text;
    into.address = *address;
}

void write_target_url(block_writer& out, std::string_view key, const target_settings& from) {
    out.text(key, from.url);
}

void read_targets(reader& in, const cursor& at, std::vector<target_settings>& into) {
    const std::string example = "as in targets: [\"http://host:port\"]";
    const auto elements = in.list_with_elements(at, example, "no target");
    if (!elements) return;
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
        into.push_back(*target);
    }
    if (weights == 0 && !elements->empty())
        in.fail(at, "no target has a weight above 0", "give one of them a weight of 1 or more");
}

void write_targets(block_writer& out, std::string_view key,
                   const std::vector<target_settings>& from) {
    out.objects(key, from, [](block_writer& object, const target_settings& target) {
        object.members(target);
    });
}

void read_host(reader& in, const cursor& at, service_settings& into) {
    const auto text = in.text(at);
    if (!text || *text == "preserve") return;
    if (*text == "target") {
        into.host = host_policy::target;
        return;
    }
    into.host = host_policy::literal;
    into.host_literal = *text;
    if (!is_authority(*text))
        in.fail(at, in.shown(at) + " is not a host",
                "write preserve, target or a literal such as api.internal:8080");
}

void write_host(block_writer& out, std::string_view key, const service_settings& from) {
    switch (from.host) {
    case host_policy::preserve: return out.text(key, "preserve");
    case host_policy::target: return out.text(key, "target");
    case host_policy::literal: return out.text(key, from.host_literal);
    }
}

std::optional<std::string> read_health_path(reader& in, const cursor& at) {
    const auto path = in.text(at);
    if (!path) return std::nullopt;
    const bool printable = std::ranges::all_of(*path, [](char c) { return c > ' ' && c < 0x7F; });
    if (!path->starts_with('/') || !printable || path->find('#') != path->npos)
        in.fail(at, in.shown(at) + " is not a path", "as in /healthz");
    return path;
}

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

void write_retry_causes(block_writer& out, std::string_view key, const retry_settings& from) {
    std::vector<std::string> causes;
    if (from.on_connect) causes.emplace_back("connect");
    if (from.on_reset) causes.emplace_back("reset");
    if (from.on_timeout) causes.emplace_back("timeout");
    for (const auto& range : from.on_status) causes.push_back(to_text(range));
    out.texts(key, causes);
}

void read_services(block& top, snapshot& into) {
    auto& in = top.in();
    const auto found = top.find("services");
    if (!found) return;
    const auto members = in.members(*found, "as in {users: {targets: [\"http://users:8000\"]}}");
    for (const auto& member : members.value_or(std::vector<cursor>{})) {
        auto& service = into.services.emplace_back();
        in.name_by_key(member, service, "a service");
        block from(in, member);
        describe(from, service);
        from.finish();
    }
}

void write_services(block_writer& top, const std::vector<service_settings>& from) {
    top.nested("services", [&](block_writer& services) {
        for (const auto& service : from) services.nested(service.name, service);
    });
}

} // namespace thalamus::config
