#include "policies/limits/limit_key.hpp"

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "http/percent.hpp"

namespace thalamus::limits {

namespace {

using part_kind = config::limit_key_part::kind;

void append_value(std::string_view name, std::string_view value, std::string& out) {
    out.append(name).append("=");
    http::append_encoded(value, out);
}

/// The value may be a credential or a person's address, and keys are stored in Redis and sent to
/// other nodes.
void append_digest(std::string_view name, std::string_view value, std::string& out) {
    constexpr std::size_t bytes = 16; // too long to find values that collide
    out.append(name).append("=");
    const auto digest = base::sha256(value);
    base::append_hex(std::span(digest).first<bytes>(), out);
}

void append_address(const config::rate_limit_settings& limit, const base::ip_bytes& client,
                    std::string& out) {
    const auto ip = base::is_ipv4(client) ? client : base::masked(client, limit.ipv6_prefix);
    out.append("ip=").append(http::to_text(ip).view());
}

/// False if the request has no such value.
bool append_part(const config::rate_limit_settings& limit, const config::limit_key_part& part,
                 const limit_subject& subject, std::string& out) {
    switch (part.type) {
    case part_kind::client_ip: append_address(limit, subject.client, out); return true;
    case part_kind::route: append_value("route", subject.route, out); return true;
    case part_kind::header:
        if (const auto value = http::find(subject.fields, part.name); !value.empty()) {
            append_digest("header", value, out);
            return true;
        }
        return false;
    case part_kind::consumer:
        if (!subject.consumer.empty()) append_value("consumer", subject.consumer, out);
        return !subject.consumer.empty();
    case part_kind::claim: {
        std::string value;
        if (subject.claims == nullptr || !subject.claims->append_claim(part.name, value))
            return false;
        append_digest("claim", value, out);
        return true;
    }
    }
    return false;
}

} // namespace

limit_key append_limit_key(const config::rate_limit_settings& limit, const limit_subject& subject,
                           std::string& out) {
    const auto start = out.size();
    limit_key result;
    for (const auto& part : limit.key) {
        if (out.size() != start) out += ',';
        if (append_part(limit, part, subject, out)) continue;
        if (result.missing == nullptr) result.missing = &part;
        if (limit.missing == config::on_missing_key::client_ip) {
            append_address(limit, subject.client, out);
            continue;
        }
        out.resize(start);
        result.type = limit.missing == config::on_missing_key::reject ? limit_key::kind::reject
                                                                      : limit_key::kind::skip;
        return result;
    }
    return result;
}

} // namespace thalamus::limits
