#include "observe/line_format.hpp"

#include "observe/redact.hpp"

#include <charconv>
#include <chrono>
#include <cstring>

namespace thalamus::observe {
namespace {

constexpr std::string_view cut_mark = "\xE2\x80\xA6"; // …
constexpr std::size_t texts = 9;                      // texts limited by text_cap
constexpr std::size_t line_room = escaped_json_room(path_cap) + escaped_json_room(user_agent_cap) +
                                  texts * escaped_json_room(text_cap) +
                                  (texts + 2) * cut_mark.size() + 1024; // names, numbers and time

template <std::size_t N>
char* put(char* out, const char (&literal)[N]) {
    std::memcpy(out, literal, N - 1);
    return out + N - 1;
}

char* put(char* out, std::uint64_t number) { return std::to_chars(out, out + 20, number).ptr; }

/// Milliseconds with three decimals.
char* put_ms(char* out, std::chrono::nanoseconds time) {
    const std::uint64_t us = time.count() > 0 ? static_cast<std::uint64_t>(time.count()) / 1000 : 0;
    out = put(out, us / 1000);
    const unsigned rest = static_cast<unsigned>(us % 1000);
    out[0] = '.';
    out[1] = static_cast<char>('0' + rest / 100);
    out[2] = static_cast<char>('0' + rest / 10 % 10);
    out[3] = static_cast<char>('0' + rest % 10);
    return out + 4;
}

char* put_cut_mark(char* out) {
    std::memcpy(out, cut_mark.data(), cut_mark.size());
    return out + cut_mark.size();
}

char* put_text(char* out, std::string_view text, std::size_t cap) {
    if (text.size() <= cap) return escape_json(out, text);
    return put_cut_mark(escape_json(out, cut_to(text, cap)));
}

/// Writes ,"name":"text" unless the text is empty. `opening` is everything before the text.
template <std::size_t N>
char* put_member(char* out, const char (&opening)[N], std::string_view text,
                 std::size_t cap = text_cap) {
    if (text.empty()) return out;
    out = put_text(put(out, opening), text, cap);
    *out++ = '"';
    return out;
}

/// Writes "-" for an empty text, like Apache.
char* put_apache(char* out, std::string_view text, std::size_t cap) {
    if (text.empty()) return put(out, "-");
    out = escape_apache(out, cut_to(text, cap));
    return text.size() <= cap ? out : put(out, "...");
}

/// Writes the user, which is not quoted; "-" means none.
char* put_apache_user(char* out, std::string_view user) {
    if (user.empty()) return put(out, "-");
    if (user == "-") return put(out, "\\x2d");
    out = escape_apache_word(out, cut_to(user, text_cap));
    return user.size() <= text_cap ? out : put(out, "...");
}

} // namespace

line_formatter::line_formatter(config::access_format format)
    : format_(format),
      line_(std::make_unique_for_overwrite<char[]>(line_room)) {}

std::string_view line_formatter::format(const exchange_record& record) {
    return format_ == config::access_format::json ? json(record) : common(record);
}

std::string_view line_formatter::shown_path(std::string_view path) {
    // Redact before cutting: the "@" that ends user information may be beyond the cut.
    if (!path.starts_with('/')) return cut_to(redact_target(path, redacted_), path_cap);
    path = cut_to(path, path_cap);
    return path.find('?') == path.npos ? path : redact_target(path, redacted_);
}

std::string_view line_formatter::json(const exchange_record& r) {
    char* const begin = line_.get();
    char* out = put(begin, "{\"time\":\"");
    out = clock_.rfc3339(out, r.started);
    *out++ = '"';
    out = put_member(out, ",\"request_id\":\"", r.request_id);
    out = put_member(out, ",\"client\":\"", r.client);
    out = put(out, ",\"method\":\"");
    out = put_text(out, r.method, text_cap);
    *out++ = '"';
    out = put_member(out, ",\"host\":\"", redact_authority(r.host));
    out = put(out, ",\"path\":\"");
    out = escape_json(out, shown_path(r.path));
    if (r.path.size() > path_cap) out = put_cut_mark(out);
    out = put(out, "\",\"status\":");
    out = put(out, r.status);
    out = put_member(out, ",\"consumer\":\"", r.consumer);
    out = put_member(out, ",\"route\":\"", r.route);
    out = put_member(out, ",\"service\":\"", r.service);
    out = put_member(out, ",\"target\":\"", r.target);
    out = put(out, ",\"attempts\":");
    out = put(out, r.attempts);
    out = put(out, ",\"bytes_in\":");
    out = put(out, r.bytes_in);
    out = put(out, ",\"bytes_out\":");
    out = put(out, r.bytes_out);
    out = put(out, ",\"total_ms\":");
    out = put_ms(out, r.total);
    out = put(out, ",\"upstream_ms\":");
    out = put_ms(out, r.upstream);
    out = put(out, ",\"gateway_ms\":");
    out = put_ms(out, r.own);
    out = r.version == 10 ? put(out, ",\"protocol\":\"HTTP/1.0\"")
                          : put(out, ",\"protocol\":\"HTTP/1.1\"");
    out = put_member(out, ",\"user_agent\":\"", r.user_agent, user_agent_cap);
    out = put_member(out, ",\"reason\":\"", r.reason);
    out = r.complete ? put(out, ",\"complete\":true}\n") : put(out, ",\"complete\":false}\n");
    return {begin, static_cast<std::size_t>(out - begin)};
}

std::string_view line_formatter::common(const exchange_record& r) {
    char* const begin = line_.get();
    char* out = begin;
    // This field is not quoted; a text with a space is not an address.
    out = put_apache(out, r.client.find(' ') == r.client.npos ? r.client : std::string_view{},
                     text_cap);
    out = put(out, " - ");
    out = put_apache_user(out, r.consumer);
    out = put(out, " [");
    out = clock_.apache(out, r.started);
    out = put(out, "] \"");
    if (r.method.empty() && r.path.empty()) {
        *out++ = '-';
    } else {
        out = put_apache(out, r.method, text_cap);
        *out++ = ' ';
        out = put_apache(out, shown_path(r.path), path_cap);
        if (r.path.size() > path_cap) out = put(out, "...");
        out = r.version == 10 ? put(out, " HTTP/1.0") : put(out, " HTTP/1.1");
    }
    out = put(out, "\" ");
    out = r.status == 0 ? put(out, "000") : put(out, r.status);
    *out++ = ' ';
    out = put(out, r.bytes_out);
    out = put(out, " \"-\" \""); // Referer is not recorded
    out = put_apache(out, r.user_agent, user_agent_cap);
    out = put(out, "\"\n");
    return {begin, static_cast<std::size_t>(out - begin)};
}

} // namespace thalamus::observe
