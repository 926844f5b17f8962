#include "http/local_response.hpp"

#include "base/percent_escape.hpp"
#include "http/characters.hpp"
#include "http/field_writer.hpp"

#include <algorithm>
#include <array>

namespace thalamus::http {

namespace {

struct status_name {
    unsigned short status;
    std::string_view name;
};

constexpr auto status_names = std::to_array<status_name>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
});

/// Replaces control characters, so that an external value can never end its line, even if the
/// caller did not check it.
void append_value(std::string_view value, std::string& out) {
    for (char c : value) out += is_control(c) ? ' ' : c;
}

/// Appends arbitrary bytes as JSON text. Bytes outside ASCII are replaced: the gateway's own texts
/// are ASCII, and other texts need not be exact here.
void append_json(std::string_view text, std::string& out) {
    out += '"';
    for (unsigned char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c < 0x20) {
            out += "\\u00";
            out += base::upper_hex[c >> 4];
            out += base::upper_hex[c & 15];
        } else {
            out += c < 0x7f ? static_cast<char>(c) : '?';
        }
    }
    out += '"';
}

/// Appends a path of arbitrary bytes as a URI reference. Its escapes are kept, valid or not.
void append_uri(std::string_view path, std::string& out) {
    static constexpr std::string_view refused = "\"<>\\^`{|}#[]";
    for (unsigned char c : path) {
        if (c > ' ' && c < 0x7f && refused.find(static_cast<char>(c)) == refused.npos)
            out += static_cast<char>(c);
        else base::append_escape(c, out);
    }
}

/// Fields of a problem detail that the edits of a route cannot change.
constexpr own_field problem_fields[] = {{"Content-Type", "application/problem+json"},
                                        {"Cache-Control", "no-store"}};
constexpr std::string_view problem_names[] = {problem_fields[0].first, problem_fields[1].first};

bool names(std::span<const own_field> fields, std::string_view name) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const auto& f) { return iequals(f.first, name); });
}

/// `fixed` takes precedence over all other fields with the same names.
void write(const local_response& response, std::span<const own_field> fixed,
           std::span<const std::string_view> fixed_names, std::string_view body, std::string& out) {
    const auto write_line = [&](std::string_view name, std::string_view value) {
        out.append(name).append(": ");
        append_value(value, out);
        out += "\r\n";
    };
    const auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty() || names(fixed, name)) return;
        if (response.edits != nullptr && response.edits->drops({to_field_id(name), name, {}}))
            return;
        write_line(name, value);
    };
    out += "HTTP/1.1 ";
    append_number(response.status, out);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    add("Date", response.date);
    if (!names(response.fields, "Server"))
        add("Server", "thalamus"); // a `respond` action may set it
    add("X-Request-Id", response.request_id);
    for (const auto& [name, value] : fixed) write_line(name, value);
    for (const auto& [name, value] : response.fields) add(name, value);
    out += response.lines;
    append_limit_fields(response.limits, response.edits, out);
    if (response.cors != nullptr) response.cors->append_response_fields(response.origin, out);
    if (response.edits != nullptr)
        response.edits->append_lines(
            response.context != nullptr ? *response.context : template_context{}, out, fixed_names);
    if (!is_bodiless(response.status)) append_framing(body_framing::length, body.size(), out);
    if (response.close) out += "Connection: close\r\n";
    else if (response.client_version == 10) out += "Connection: keep-alive\r\n";
    out += "\r\n";
    if (!response.head_only && !is_bodiless(response.status)) out += body;
}

} // namespace

std::string_view reason_phrase(unsigned status) {
    const auto found =
        std::lower_bound(status_names.begin(), status_names.end(), status,
                         [](const auto& s, unsigned wanted) { return s.status < wanted; });
    return found != status_names.end() && found->status == status ? found->name
                                                                  : std::string_view();
}

void write_local_response(const local_response& response, std::string_view body, std::string& out) {
    write(response, {}, {}, body, out);
}

void write_problem(const local_response& response, std::string_view instance,
                   std::string_view detail, std::string& out) {
    std::string body = R"({"type":"about:blank","title":)";
    append_json(reason_phrase(response.status), body);
    body += R"(,"status":)";
    append_number(response.status, body);
    if (!detail.empty()) {
        body += R"(,"detail":)";
        append_json(detail, body);
    }
    if (!instance.empty()) {
        body += R"(,"instance":")";
        append_uri(instance, body);
        body += '"';
    }
    if (!response.request_id.empty()) {
        body += R"(,"request_id":)";
        append_json(response.request_id, body);
    }
    body += "}\n";
    write(response, problem_fields, problem_names, body, out);
}

} // namespace thalamus::http
