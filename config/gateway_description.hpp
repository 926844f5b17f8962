#pragma once
// The keys of node, listen, admin, trusted_proxies, limits, timeouts and log. Private to config/.

#include "config/notations.hpp"

namespace thalamus::config {

/// At least one listener, each with an address of its own.
void read_listen(reader& in, const cursor& at, std::vector<listen_settings>& into);
void write_listen(block_writer& out, std::string_view key,
                  const std::vector<listen_settings>& from);
/// The admin port is checked even if there is no key `admin`.
void read_admin(block& top, snapshot& into);
void write_admin(block_writer& top, const snapshot& from);

template <class Block>
void describe(Block& node, node_settings& into) {
    node.name("name", into.name, "a node");
    if (!node.has_word("reactors", "auto"))
        node.integer("reactors", into.reactors, 1, 256, "auto, or ");
}

template <class Block>
void describe(Block& listener, listen_settings& into) {
    listener.value("bind", into.bind, bind_address, "as in bind: 0.0.0.0:8080");
    listener.not_yet({"tls", "http2"});
}

template <class Block>
void describe(Block& admin, admin_settings& into) {
    admin.value("bind", into.bind, bind_address);
    admin.secret("token", into.token);
}

template <class Block>
void describe(Block& limits, limit_settings& into) {
    constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;
    limits.size("header_bytes", into.header_bytes, KiB, MiB);
    limits.integer("header_count", into.header_count, 1, 10000);
    limits.size("answer_header_bytes", into.answer_header_bytes, KiB, 16 * MiB);
    limits.size("body", into.body, 0, 1024 * GiB);
    limits.integer("connections", into.connections, 1, 10'000'000);
    limits.integer("requests_per_connection", into.requests_per_connection, 0, 1'000'000'000);
}

template <class Block>
void describe(Block& timeouts, timeout_settings& into) {
    timeouts.duration("header", into.header);
    timeouts.duration("body_idle", into.body_idle);
    timeouts.duration("idle", into.idle);
    timeouts.duration("request", into.request);
    timeouts.duration("tunnel_idle", into.tunnel_idle);
    timeouts.duration("drain", into.drain, milliseconds(0));
}

template <class Block>
void describe(Block& log, log_settings& into) {
    log.choice("level", into.level,
               {{"trace", log_level::trace},
                {"debug", log_level::debug},
                {"info", log_level::info},
                {"warn", log_level::warn},
                {"error", log_level::error},
                {"off", log_level::off}});
    if (log.has_word("access", "off")) {
        into.access_to = "off";
        return;
    }
    log.nested("access", [&](auto& access) {
        access.text("to", into.access_to);
        access.choice("format", into.format,
                      {{"json", access_format::json}, {"common", access_format::common}});
    });
}

/// The other sections of the top level have readers of their own, because they refer to each other.
template <class Block>
void describe(Block& top, snapshot& into) {
    top.nested("node", into.node);
    top.custom("listen", into.listen, read_listen, write_listen);
    top.part(into, read_admin, write_admin);
    top.list("trusted_proxies", into.trusted_proxies, network_list);
    top.nested("limits", into.limits);
    top.nested("timeouts", into.timeouts);
    top.nested("log", into.log);
}

} // namespace thalamus::config
