#include "policies/limit_key.hpp"

#include "http/percent.hpp"
#include "policies/stable_hash.hpp"

#include <charconv>

namespace thalamus::policies {

namespace {

using part_kind = config::limit_key_part::kind;

/// Bytes of a header's value, not yet encoded.
constexpr std::size_t longest_value = 64, kept_of_longer = 32;

void append_value(std::string_view name, std::string_view value, std::string& out) {
    out.append(name).append("=");
    http::append_encoded(value, out);
}

/// A long value would make long keys. Who can find another with the same hash knows the value and
/// could send it as well. No encoded value holds "+".
void append_header(std::string_view value, std::string& out) {
    if (value.size() <= longest_value) return append_value("header", value, out);
    append_value("header", value.substr(0, kept_of_longer), out);
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, stable_hash(value), 16).ptr;
    out.append("+").append(digits, end);
}

void append_address(const config::rate_limit_settings& limit, const http::ip_bytes& client,
                    std::string& out) {
    const auto ip = http::is_ipv4(client) ? client : config::masked(client, limit.ipv6_prefix);
    out.append("ip=").append(http::to_text(ip).view());
}

/// False if the request has no such value.
bool append_part(const config::rate_limit_settings& limit, const config::limit_key_part& part,
                 const limit_subject& from, std::string& out) {
    switch (part.type) {
    case part_kind::client_ip: append_address(limit, from.client, out); return true;
    case part_kind::route: append_value("route", from.route, out); return true;
    case part_kind::header:
        if (const auto value = http::find(from.fields, part.name); !value.empty()) {
            append_header(value, out);
            return true;
        }
        return false;
    case part_kind::consumer:
        if (!from.consumer.empty()) append_value("consumer", from.consumer, out);
        return !from.consumer.empty();
    case part_kind::claim: break; // known once a route has authentication
    }
    return false;
}

} // namespace

limit_key append_limit_key(const config::rate_limit_settings& limit, const limit_subject& from,
                           std::string& out) {
    const auto start = out.size();
    limit_key result;
    for (const auto& part : limit.key) {
        if (out.size() != start) out += ',';
        if (append_part(limit, part, from, out)) continue;
        if (result.missing == nullptr) result.missing = &part;
        if (limit.missing == config::on_missing_key::client_ip) {
            append_address(limit, from.client, out);
            continue;
        }
        out.resize(start);
        result.type = limit.missing == config::on_missing_key::reject ? limit_key::kind::reject
                                                                      : limit_key::kind::skip;
        return result;
    }
    return result;
}

} // namespace thalamus::policies
