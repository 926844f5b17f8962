#include "config/addresses.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;

void read_node(block& top, node_settings& into) {
    auto& in = top.in();
    into.reactors = std::clamp(in.env().cores, 1u, 256u);
    into.name = in.env().variable("HOSTNAME").value_or("");
    if (!is_name(into.name)) into.name = "node-1";
    const auto found = top.find("node");
    if (!found) return;
    block node(in, *found);
    if (const auto name = node.find("name"))
        if (auto value = in.name(*name, "a node")) into.name = std::move(*value);
    if (const auto reactors = node.find("reactors"); reactors && reactors->value->text != "auto")
        into.reactors =
            static_cast<unsigned>(in.integer(*reactors, 1, 256, "auto, or ").value_or(1));
    node.finish();
}

void read_listen(block& top, std::vector<listen_settings>& into) {
    auto& in = top.in();
    const auto found = top.find("listen");
    if (!found) {
        into.push_back({{"0.0.0.0", 8080}});
        return;
    }
    const std::string example = "as in [{bind: \"0.0.0.0:8080\"}]";
    const auto elements = in.list(*found, example);
    if (!elements) return;
    if (elements->empty()) in.fail(*found, "no listener", example);
    for (const auto& element : *elements) {
        block listener(in, element, "as in {bind: \"0.0.0.0:8080\"}");
        if (element.value->type == node::kind::mapping && !listener.find("bind"))
            listener.missing("bind", "as in bind: 0.0.0.0:8080");
        const auto bind = read_bind(listener);
        listener.not_yet({"tls", "http2"});
        listener.finish();
        if (!bind) continue;
        for (const auto& other : into)
            if (overlap(other.bind, *bind)) {
                in.fail(element,
                        to_text(*bind) + " is taken by the listener " + to_text(other.bind),
                        "give each its own port");
                break;
            }
        into.push_back({*bind});
    }
}

void read_admin(block& top, const std::vector<listen_settings>& listeners, admin_settings& into) {
    auto& in = top.in();
    const auto found = top.find("admin");
    if (found && in.is_off(*found)) {
        in.fail(*found, "the admin port cannot be switched off", "leave it on a loopback address");
        return;
    }
    cursor blame{top.at().value, nullptr, "admin"};
    if (found) {
        blame = *found;
        block admin(in, *found);
        if (auto bind = read_bind(admin)) into.bind = std::move(*bind);
        if (const auto token = admin.find("token")) {
            blame = *token;
            if (auto value = in.text(*token, true)) into.token = std::move(*value);
        }
        admin.finish();
    }
    constexpr std::size_t shortest_token = 16;
    const auto ip = to_ip(into.bind.host);
    if (ip && !is_loopback(*ip) && into.token.size() < shortest_token)
        in.fail(blame, "the admin port needs a token on " + to_text(into.bind),
                "set token to at least 16 characters, or bind to 127.0.0.1:" +
                    std::to_string(into.bind.port));
    if (!std::all_of(into.token.begin(), into.token.end(),
                     [](char c) { return c > ' ' && c < 0x7F; }))
        in.fail(blame, "the token contains characters that a header cannot carry",
                "use visible ASCII characters without spaces");
    for (const auto& listener : listeners)
        if (overlap(listener.bind, into.bind)) {
            in.fail(found ? *found : blame,
                    to_text(into.bind) + " is taken by the listener " + to_text(listener.bind),
                    "give the admin port its own port: clients must not reach it");
            break;
        }
}

void read_proxies(block& top, std::vector<network>& into) {
    auto& in = top.in();
    const auto found = top.find("trusted_proxies");
    if (!found) return;
    const auto elements = in.list(*found, "as in [10.0.0.0/8]");
    for (const auto& element : elements.value_or(std::vector<cursor>{}))
        if (const auto text = in.text(element))
            if (const auto range = in.parsed(element, to_network(*text))) into.push_back(*range);
}

void read_limits(block& top, limit_settings& into) {
    const auto found = top.find("limits");
    if (!found) return;
    block limits(top.in(), *found);
    limits.size("header_bytes", into.header_bytes, KiB, MiB);
    limits.integer("header_count", into.header_count, 1, 10000);
    limits.size("answer_header_bytes", into.answer_header_bytes, KiB, 16 * MiB);
    limits.size("body", into.body, 0, 1024 * GiB);
    limits.integer("connections", into.connections, 1, 10'000'000);
    limits.integer("requests_per_connection", into.requests_per_connection, 0, 1'000'000'000);
    limits.finish();
}

void read_timeouts(block& top, timeout_settings& into) {
    const auto found = top.find("timeouts");
    if (!found) return;
    block timeouts(top.in(), *found);
    timeouts.duration("header", into.header);
    timeouts.duration("body_idle", into.body_idle);
    timeouts.duration("idle", into.idle);
    timeouts.duration("request", into.request);
    timeouts.duration("tunnel_idle", into.tunnel_idle);
    timeouts.duration("drain", into.drain, milliseconds(0));
    timeouts.finish();
}

void read_log(block& top, log_settings& into) {
    auto& in = top.in();
    const auto found = top.find("log");
    if (!found) return;
    block log(in, *found);
    log.choice("level", into.level,
               {{"trace", log_level::trace},
                {"debug", log_level::debug},
                {"info", log_level::info},
                {"warn", log_level::warn},
                {"error", log_level::error},
                {"off", log_level::off}});
    if (const auto where = log.find("access"); where && in.is_off(*where)) {
        into.access_to = "off";
    } else if (where) {
        block access(in, *where);
        access.text("to", into.access_to);
        access.choice("format", into.format,
                      {{"json", access_format::json}, {"common", access_format::common}});
        access.finish();
    }
    log.finish();
}

} // namespace

void read_gateway(block& top, snapshot& into) {
    read_node(top, into.node);
    read_listen(top, into.listen);
    read_admin(top, into.listen, into.admin);
    read_proxies(top, into.trusted_proxies);
    read_limits(top, into.limits);
    read_timeouts(top, into.timeouts);
    read_log(top, into.log);
}

} // namespace thalamus::config
