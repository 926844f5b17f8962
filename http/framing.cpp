#include "http/framing.hpp"

#include "base/ascii.hpp"
#include "http/list.hpp"
#include "http/request_target.hpp"

#include <algorithm>
#include <charconv>

namespace thalamus::http {
namespace {

using base::is_token;

/// The values of the framing and connection fields, before they are checked.
struct statement {
    unsigned lengths = 0;
    std::string_view length{};
    unsigned codings = 0;
    std::string_view coding{};
    bool close = false;
    bool keep_alive = false;
    bool upgrade = false;
    unsigned options = 0; ///< count in all Connection fields

    /// Returns true if the field is one of these.
    bool take(const field& f) {
        switch (f.id) {
        case field_id::content_length:
            ++lengths;
            length = f.value;
            return true;
        case field_id::transfer_encoding:
            ++codings;
            coding = f.value;
            return true;
        case field_id::connection:
            for_each_element(f.value, [this](std::string_view option) {
                ++options;
                if (iequals(option, "close")) close = true;
                else if (iequals(option, "keep-alive")) keep_alive = true;
                else if (iequals(option, "upgrade")) upgrade = true;
            });
            return true;
        default: return false;
        }
    }
};

/// Bounds the work: forwarding compares each field with each option, and the sender chooses both.
constexpr unsigned most_connection_options = 32;

/// RFC 9112 sections 6.1 to 6.3. Leaves `framing` unchanged if the fields do not define it.
refusal judge(const statement& said, unsigned version, body_framing& framing,
              std::uint64_t& content_length) {
    if (said.options > most_connection_options) return {400, "too many connection options"};
    if (said.codings != 0) {
        if (version < 11) return {400, "Transfer-Encoding in HTTP/1.0"};
        if (said.codings > 1) return {400, "repeated Transfer-Encoding"};
        if (said.lengths != 0) return {400, "both Transfer-Encoding and Content-Length"};
        if (!iequals(said.coding, "chunked")) {
            // 501 only for a valid name of another coding; a disguised "chunked" is an attack.
            if (is_token(said.coding)) return {501, "unknown transfer coding"};
            return {400, "bad Transfer-Encoding"};
        }
        framing = body_framing::chunked;
        return {};
    }
    if (said.lengths > 1) return {400, "repeated Content-Length"};
    if (said.lengths == 1) {
        const std::optional<std::uint64_t> length = parse_content_length(said.length);
        if (!length) return {400, "bad Content-Length"};
        framing = body_framing::length;
        content_length = *length;
    }
    return {};
}

bool stays(const statement& said, unsigned version) {
    if (said.close) return false;
    return version >= 11 || said.keep_alive;
}

/// Whether all protocols in this 1#protocol (RFC 9110 section 7.8) may be tunnelled. HTTP versions
/// and TLS may not: requests inside would bypass routes, authentication and limits.
bool may_upgrade_to(std::string_view list) {
    bool any = false;
    bool good = true;
    for_each_element(list, [&](std::string_view protocol) {
        const std::size_t slash = protocol.find('/');
        const std::string_view name = protocol.substr(0, slash);
        if (!is_token(name) ||
            (slash != std::string_view::npos && !is_token(protocol.substr(slash + 1))) ||
            iequals(name, "h2c") || iequals(name, "h2") || iequals(name, "http") ||
            iequals(name, "tls"))
            good = false;
        any = true;
    });
    return any && good;
}

} // namespace

std::optional<std::uint64_t> parse_content_length(std::string_view value) {
    std::uint64_t length = 0;
    const char* const end = value.data() + value.size();
    // For unsigned numbers from_chars accepts neither signs nor spaces, and it reports overflow.
    const auto [stopped, error] = std::from_chars(value.data(), end, length);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return length;
}

refusal frame_request(request_head& head) {
    statement said;
    unsigned hosts = 0;
    std::string_view host;
    std::string_view content_type;
    bool upgradable = true;
    bool names_protocol = false;
    bool expects = false;
    for (const field& f : head.fields) {
        if (said.take(f)) continue;
        switch (f.id) {
        case field_id::host:
            ++hosts;
            host = f.value;
            break;
        case field_id::content_type:
            if (content_type.data() && content_type != f.value)
                return {400, "conflicting Content-Type fields"};
            content_type = f.value;
            break;
        case field_id::upgrade:
            upgradable = upgradable && may_upgrade_to(f.value);
            names_protocol = true;
            break;
        case field_id::expect:
            if (!iequals(f.value, "100-continue")) return {417, "unknown expectation"};
            expects = true;
            break;
        default: break;
        }
    }

    if (hosts > 1) return {400, "repeated Host"};
    if (hosts == 0 && head.version >= 11) return {400, "missing Host"};
    if (hosts == 1 && !valid_authority(host)) return {400, "bad Host"};
    if (const refusal error = check_target(head.method, head.target)) return error;

    head.framing = body_framing::none;
    head.content_length = 0;
    if (const refusal error = judge(said, head.version, head.framing, head.content_length))
        return error;
    // "010" is ten in the RFC, but eight to a parser of C numbers.
    if (said.length.size() > 1 && said.length.front() == '0')
        return {400, "leading zero in Content-Length"};

    head.keep_alive = stays(said, head.version);
    const bool has_body = head.framing == body_framing::chunked || head.content_length != 0;
    head.upgrade = said.upgrade && names_protocol && upgradable && head.version >= 11 && !has_body;
    // RFC 9110 section 10.1.1: ignore it from HTTP/1.0 clients. Without a body it has no effect.
    head.expect_continue = expects && head.version >= 11 && has_body;
    return {};
}

refusal frame_response(std::string_view request_method, response_head& head) {
    statement said;
    bool names_protocol = false;
    bool upgradable = true;
    for (const field& f : head.fields) {
        if (said.take(f) || f.id != field_id::upgrade) continue;
        upgradable = upgradable && may_upgrade_to(f.value);
        names_protocol = true;
    }

    head.framing = body_framing::close;
    head.content_length = 0;
    if (const refusal error = judge(said, head.version, head.framing, head.content_length))
        return {502, error.reason};

    const bool informational = head.status < 200;
    if ((informational || head.status == 204) &&
        (head.framing == body_framing::chunked || head.content_length != 0))
        return {502, "body not allowed for this status"};
    // RFC 9110 section 7.8: Upgrade is required, and the protocol must not carry HTTP requests.
    if (head.status == 101 && !(names_protocol && upgradable))
        return {502, "101 without a supported Upgrade protocol"};
    // RFC 9112 section 6.3, rules 1 and 2. HEAD and 304 may have the length of the omitted body.
    if (informational || head.status == 204 || head.status == 304 || request_method == "HEAD" ||
        (request_method == "CONNECT" && head.status < 300)) {
        head.framing = body_framing::none;
        head.content_length = 0;
    }
    head.keep_alive = head.framing != body_framing::close && stays(said, head.version);
    return {};
}

} // namespace thalamus::http
