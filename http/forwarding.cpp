#include "http/forwarding.hpp"

#include "http/characters.hpp"
#include "http/field_writer.hpp"
#include "http/framing.hpp"
#include "http/local_response.hpp"
#include "http/request_target.hpp"

#include <algorithm>
#include <array>

namespace thalamus::http {

namespace {

/// How a received field is handled.
enum class fate : unsigned char {
    keep,
    drop,     ///< connection or framing field, or written by the gateway
    extended, ///< a list that the gateway appends itself to
    by_name   ///< a field without an id: decided by name
};

template <std::size_t Size>
constexpr auto fates(std::array<std::pair<field_id, fate>, Size> rules) {
    std::array<fate, static_cast<std::size_t>(field_id::count)> table{};
    table[static_cast<std::size_t>(field_id::other)] = fate::by_name;
    for (auto [id, f] : rules) table[static_cast<std::size_t>(id)] = f;
    return table;
}

constexpr auto request_fates = fates(std::to_array<std::pair<field_id, fate>>({
    {field_id::connection, fate::drop},
    {field_id::content_length, fate::drop},
    {field_id::expect, fate::drop},
    {field_id::host, fate::drop},
    {field_id::keep_alive, fate::drop},
    {field_id::proxy_authenticate, fate::drop},
    {field_id::proxy_authorization, fate::drop},
    {field_id::proxy_connection, fate::drop},
    {field_id::te, fate::drop},
    {field_id::traceparent, fate::drop},
    {field_id::trailer, fate::drop},
    {field_id::transfer_encoding, fate::drop},
    {field_id::upgrade, fate::drop},
    {field_id::x_forwarded_host, fate::drop},
    {field_id::x_forwarded_proto, fate::drop},
    {field_id::x_request_id, fate::drop},
    {field_id::forwarded, fate::extended},
    {field_id::via, fate::extended},
    {field_id::x_forwarded_for, fate::extended},
}));

constexpr auto response_fates = fates(std::to_array<std::pair<field_id, fate>>({
    {field_id::connection, fate::drop},
    {field_id::content_length, fate::drop},
    {field_id::keep_alive, fate::drop},
    {field_id::proxy_authenticate, fate::drop},
    {field_id::proxy_connection, fate::drop},
    {field_id::te, fate::drop},
    {field_id::trailer, fate::drop},
    {field_id::transfer_encoding, fate::drop},
    {field_id::upgrade, fate::drop},
    {field_id::x_request_id, fate::drop},
    {field_id::via, fate::extended},
}));

/// The fields of kind `extended` that were seen, one bit per id.
class seen_fields {
public:
    void add(field_id id) { bits_ |= bit(id); }
    bool has(field_id id) const { return (bits_ & bit(id)) != 0; }

private:
    static std::uint64_t bit(field_id id) { return std::uint64_t{1} << static_cast<unsigned>(id); }
    std::uint64_t bits_ = 0;
};

bool drops_request_name(std::string_view name) {
    // In a CGI-like target "X_User" and "X-User" become the same variable.
    return name.find('_') != name.npos || iequals(name, "http2-settings");
}

void append_line(std::string_view name_and_colon, std::string_view value, std::string& out) {
    out.append(name_and_colon).append(value).append("\r\n", 2);
}

void append_via(const field_list& fields, bool received, unsigned version, std::string& out) {
    out += "Via: ";
    if (received) {
        const auto before = out.size();
        append_joined(fields, field_id::via, out);
        if (out.size() != before) out += ", ";
    }
    out += version == 10 ? "1.0 thalamus\r\n" : "1.1 thalamus\r\n";
}

void append_host(const forward_plan& plan, const outgoing_request& request, std::string& out) {
    out += "Host: ";
    if (plan.rewrite_host != nullptr && request.context != nullptr &&
        expand_for_host(*plan.rewrite_host, *request.context, out)) {
        out += "\r\n";
        return;
    }
    switch (plan.host) {
    case config::host_policy::preserve:
        // An HTTP/1.0 request may have no Host.
        out += request.authority.empty() ? request.target_authority : request.authority;
        break;
    case config::host_policy::target: out += request.target_authority; break;
    case config::host_policy::literal: out += plan.host_literal; break;
    }
    out += "\r\n";
}

/// Appends a parameter of Forwarded; the value is quoted unless it is a token.
void append_pair(std::string_view name_and_equals, std::string_view value, std::string& out) {
    out += name_and_equals;
    if (std::all_of(value.begin(), value.end(), is_token_char)) {
        out += value;
        return;
    }
    out += '"';
    for (char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

/// Appends one hop of Forwarded: the client of that hop, its scheme and the requested host.
void append_hop(const base::ip_bytes& ip, std::string_view text, std::string_view host,
                std::string_view proto, std::string& out) {
    out += base::is_ipv4(ip) ? "for=" : "for=\"[";
    out += text;
    if (!base::is_ipv4(ip)) out += "]\"";
    if (!host.empty()) append_pair(";host=", host, out);
    append_pair(";proto=", proto, out);
}

/// Writes X-Forwarded-* and Forwarded: the values from trusted proxies followed by the peer. If the
/// proxies sent only one of the two forms, the other is derived from it.
void append_forwarded(const forward_plan& plan, const outgoing_request& request,
                      const seen_fields& seen, std::string& out) {
    const auto& client = *request.client;
    const auto& fields = request.head->fields;
    const auto peer = to_text(client.peer);
    const bool has_chain = client.peer_trusted && client.ip != client.peer;
    const auto ip = has_chain ? to_text(client.ip) : peer;
    const auto host = client.host.empty() ? request.authority : client.host;

    if (!plan.edits.drops(field_id::x_forwarded_for)) {
        out += "X-Forwarded-For: ";
        const auto start = out.size();
        if (client.peer_trusted && seen.has(field_id::x_forwarded_for))
            append_joined(fields, field_id::x_forwarded_for, out);
        else if (has_chain) out += ip.view();
        if (out.size() != start) out += ", ";
        append_line({}, peer.view(), out);
    }
    if (!plan.edits.drops(field_id::x_forwarded_proto))
        append_line("X-Forwarded-Proto: ", client.proto, out);
    if (!host.empty() && !plan.edits.drops(field_id::x_forwarded_host))
        append_line("X-Forwarded-Host: ", host, out);
    if (plan.edits.drops(field_id::forwarded)) return;
    out += "Forwarded: ";
    const auto start = out.size();
    if (client.peer_trusted && seen.has(field_id::forwarded))
        append_joined(fields, field_id::forwarded, out);
    else if (has_chain) append_hop(client.ip, ip.view(), host, client.proto, out);
    const bool first = out.size() == start;
    if (!first) out += ", ";
    append_hop(client.peer, peer.view(), first ? host : request.authority,
               first ? client.proto : client.peer_proto, out);
    out += "\r\n";
}

void append_cookies(credential_places hidden, std::string_view value, std::string& out) {
    const auto start = out.size();
    out += "Cookie: ";
    const auto first = out.size();
    append_other_cookies(hidden, value, out);
    if (out.size() == first) out.resize(start);
    else out += "\r\n";
}

/// The remaining hops of an OPTIONS or TRACE request from Max-Forwards; nullopt = no limit.
std::optional<std::uint64_t> forwards_left(const request_head& head) {
    if (head.method != "OPTIONS" && head.method != "TRACE") return std::nullopt;
    return parse_content_length(find(head.fields, field_id::max_forwards)); // the same grammar
}

} // namespace

forward_plan make_forward_plan(const config::route_settings& route,
                               const config::service_settings& service) {
    forward_plan plan{service.host, service.host_literal, nullptr,
                      header_plan(route.request_headers)};
    if (route.rewrite.host) plan.rewrite_host = &*route.rewrite.host;
    return plan;
}

bool ends_here(const request_head& head) { return forwards_left(head) == 0u; }

void write_request_head(const forward_plan& plan, const outgoing_request& request,
                        std::string& out) {
    const auto& head = *request.head;
    out.append(head.method).append(" ", 1).append(request.path).append(request.query);
    out += " HTTP/1.1\r\n";
    append_host(plan, request, out);

    const connection_options named(head.fields);
    const bool edited = !plan.edits.empty();
    const auto left = forwards_left(head);
    seen_fields seen;
    field_copier copy(out);
    for (const auto& f : head.fields) {
        if (!f.own && !named.empty() && named.name(f)) continue;
        switch (request_fates[static_cast<std::size_t>(f.id)]) {
        case fate::drop: continue;
        case fate::extended: seen.add(f.id); continue;
        case fate::by_name:
            if (drops_request_name(f.name)) continue;
            break;
        case fate::keep:
            if (f.id == field_id::tracestate && !request.keep_tracestate) continue;
            if (f.id == field_id::max_forwards && left) continue;
            break;
        }
        if (edited && plan.edits.drops(f)) continue;
        if (!f.own && !request.hidden.empty()) {
            if (is_credential(request.hidden, f)) continue;
            if (f.id == field_id::cookie) {
                copy.flush();
                append_cookies(request.hidden, f.value, out);
                continue;
            }
        }
        copy.add(f);
    }
    copy.flush();

    if (left && !plan.edits.drops(field_id::max_forwards)) {
        out += "Max-Forwards: ";
        append_number(*left == 0 ? 0 : *left - 1, out);
        out += "\r\n";
    }
    if (!plan.edits.drops(field_id::via))
        append_via(head.fields, seen.has(field_id::via), head.version, out);
    append_forwarded(plan, request, seen, out);
    if (!plan.edits.drops(field_id::x_request_id))
        append_line("X-Request-Id: ", request.request_id, out);
    out += request.identity_lines;
    if (!request.traceparent.empty() && !plan.edits.drops(field_id::traceparent))
        append_line("traceparent: ", request.traceparent, out);
    if (edited)
        plan.edits.append_lines(request.context != nullptr ? *request.context : template_context{},
                                out);

    if (head.expect_continue && request.framing != body_framing::none)
        out += "Expect: 100-continue\r\n";
    append_framing(request.framing, request.content_length, out);
    if (head.upgrade) {
        out += "Connection: Upgrade\r\nUpgrade: ";
        append_joined(head.fields, field_id::upgrade, out);
        out += "\r\n";
    } else if (request.close) {
        out += "Connection: close\r\n";
    }
    out += "\r\n";
}

void write_response_head(const outgoing_response& response, std::string& out) {
    const auto& head = *response.head;
    const bool interim = head.status < 200 && head.status != 101;
    out += "HTTP/1.1 ";
    append_number(head.status, out);
    out += ' ';
    out += head.reason.empty() ? reason_phrase(head.status) : head.reason;
    out += "\r\n";

    const connection_options named(head.fields);
    const header_plan* edits = interim ? nullptr : response.edits;
    if (edits != nullptr && edits->empty()) edits = nullptr;
    const auto keeps = [&](field_id id) { return edits == nullptr || !edits->drops(id); };
    bool has_date = false;
    seen_fields seen;
    field_copier copy(out);
    for (const auto& f : head.fields) {
        if (!named.empty() && named.name(f)) continue;
        switch (response_fates[static_cast<std::size_t>(f.id)]) {
        case fate::drop: continue;
        case fate::extended: seen.add(f.id); continue;
        case fate::by_name:
            if (response.cors != nullptr && is_cors_field(f.name)) continue;
            if (!response.limits.state.empty() && is_limit_field(f.name)) continue;
            break;
        case fate::keep: has_date |= f.id == field_id::date; break;
        }
        if (edits != nullptr && edits->drops(f)) continue;
        copy.add(f);
    }
    copy.flush();
    if (interim) {
        out += "\r\n";
        return;
    }

    if (!has_date && keeps(field_id::date)) append_line("Date: ", response.date, out);
    if (keeps(field_id::via)) append_via(head.fields, seen.has(field_id::via), head.version, out);
    if (keeps(field_id::x_request_id)) append_line("X-Request-Id: ", response.request_id, out);
    append_limit_fields(response.limits, edits, out);
    if (response.cors != nullptr) response.cors->append_response_fields(response.origin, out);
    if (edits != nullptr)
        edits->append_lines(response.context != nullptr ? *response.context : template_context{},
                            out);

    if (response.describes_body && (head.status == 304 || !is_bodiless(head.status))) {
        const auto length = find(head.fields, field_id::content_length);
        if (!length.empty()) append_line("Content-Length: ", length, out);
    } else if (!is_bodiless(head.status)) {
        append_framing(response.framing, response.content_length, out);
    }
    if (head.status == 101) {
        out += "Connection: Upgrade\r\nUpgrade: ";
        append_joined(head.fields, field_id::upgrade, out);
        out += "\r\n";
    } else if (response.close) {
        out += "Connection: close\r\n";
    } else if (response.client_version == 10) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
}

} // namespace thalamus::http
