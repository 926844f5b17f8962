#include "http/client_address.hpp"

#include "http/characters.hpp"
#include "http/request_target.hpp"

#include <algorithm>

namespace thalamus::http {

namespace {

/// Iterates over all lines of a list-based field from the last element to the first. It goes
/// backwards because the nearest proxy wrote the end: an unbalanced quote from a client affects
/// only the client's own part. Empty elements are skipped (RFC 9110 section 5.6.1).
class backward_list {
public:
    backward_list(const field_list& fields, field_id id)
        : fields_(fields),
          id_(id),
          line_(fields.size()) {}

    bool next(std::string_view& element) {
        for (;;) {
            while (!open_) {
                if (line_ == 0) return false;
                if (fields_[--line_].id == id_) rest_ = fields_[line_].value, open_ = true;
            }
            const auto comma = last_comma();
            element = trim(comma == rest_.npos ? rest_ : rest_.substr(comma + 1));
            if (comma == rest_.npos) open_ = false;
            else rest_ = rest_.substr(0, comma);
            if (!element.empty()) return true;
        }
    }

private:
    /// Ignores commas in quoted strings. An escaped quote does not end a quoted string.
    std::size_t last_comma() const {
        bool quoted = false;
        for (auto i = rest_.size(); i-- > 0;) {
            if (rest_[i] == '"') {
                auto backslashes = i;
                while (backslashes > 0 && rest_[backslashes - 1] == '\\') --backslashes;
                if ((i - backslashes) % 2 == 0) quoted = !quoted;
            } else if (rest_[i] == ',' && !quoted) {
                return i;
            }
        }
        return rest_.npos;
    }

    const field_list& fields_;
    field_id id_;
    std::size_t line_;
    std::string_view rest_{};
    bool open_ = false; // rest_ still contains elements
};

bool is_trusted(std::span<const config::network> trusted, const base::ip_bytes& ip) {
    return std::any_of(trusted.begin(), trusted.end(),
                       [&](const auto& n) { return n.contains(ip); });
}

void take_proto(std::string_view text, client_address& client) {
    if (iequals(text, "https")) client.proto = "https";
    else if (iequals(text, "http")) client.proto = "http";
}

void take_host(std::string_view text, client_address& client) {
    if (valid_authority(text)) client.host = text;
}

/// One element of Forwarded (RFC 7239 section 4): for=192.0.2.60;proto=http;host="a:80". Views
/// exclude the quotes. A value with escapes ends the element: no valid value needs them.
struct forwarded_element {
    std::string_view client, proto, host;

    explicit forwarded_element(std::string_view text) {
        while (!text.empty()) {
            const auto equals = text.find('=');
            if (equals == text.npos) return;
            const auto name = trim(text.substr(0, equals));
            text.remove_prefix(equals + 1);
            std::string_view value;
            if (text.starts_with('"')) {
                const auto end = text.find('"', 1);
                if (end == text.npos) return;
                value = text.substr(1, end - 1);
                text.remove_prefix(end + 1);
            } else {
                value = trim(text.substr(0, text.find(';')));
            }
            if (value.find('\\') != value.npos) return;
            if (iequals(name, "for")) client = value;
            else if (iequals(name, "proto")) proto = value;
            else if (iequals(name, "host")) host = value;
            const auto semicolon = text.find(';');
            if (semicolon == text.npos) return;
            text.remove_prefix(semicolon + 1);
        }
    }
};

void follow_forwarded(const field_list& fields, std::span<const config::network> trusted,
                      client_address& client) {
    backward_list list(fields, field_id::forwarded);
    for (std::string_view text; list.next(text);) {
        // A trusted proxy wrote this element, so its proto and host are used.
        const forwarded_element element(text);
        take_proto(element.proto, client);
        take_host(element.host, client);
        base::ip_bytes ip;
        client.known = parse_ip_and_port(element.client, ip);
        if (!client.known) return;
        client.ip = ip;
        if (!is_trusted(trusted, ip)) return;
    }
}

/// The element at this distance from the end, or the first element if there are fewer: a proxy that
/// replaces the field instead of appending to it writes a single element.
std::string_view element_from_end(const field_list& fields, field_id id, std::size_t distance) {
    backward_list list(fields, id);
    std::string_view element;
    while (list.next(element) && distance-- > 0) {}
    return element;
}

void follow_x_forwarded(const field_list& fields, std::span<const config::network> trusted,
                        client_address& client) {
    std::size_t distance = 0; // from the end to the element that names the client
    std::size_t seen = 0;
    backward_list list(fields, field_id::x_forwarded_for);
    for (std::string_view text; list.next(text);) {
        distance = seen++;
        base::ip_bytes ip;
        client.known = parse_ip_and_port(text, ip);
        if (!client.known) break;
        client.ip = ip;
        if (!is_trusted(trusted, ip)) break;
    }
    take_proto(element_from_end(fields, field_id::x_forwarded_proto, distance), client);
    take_host(element_from_end(fields, field_id::x_forwarded_host, distance), client);
}

} // namespace

client_address find_client(const base::ip_bytes& peer, std::string_view connection_proto,
                           std::span<const config::network> trusted, const field_list& fields) {
    client_address client{peer, peer, false, true, connection_proto, {}, connection_proto};
    if (trusted.empty() || !is_trusted(trusted, peer)) return client;
    client.peer_trusted = true;
    const bool has_forwarded = contains(fields, field_id::forwarded);
    // If there is such a field, the client is unknown until the field names an address.
    client.known = !has_forwarded && !contains(fields, field_id::x_forwarded_for);
    if (has_forwarded) follow_forwarded(fields, trusted, client);
    else follow_x_forwarded(fields, trusted, client);
    return client;
}

} // namespace thalamus::http
