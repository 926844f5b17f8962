#include "demo/service.hpp"

#include <algorithm>

namespace thalamus::demo {

namespace {

std::optional<unsigned char> hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const auto high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (!high || !low) return std::nullopt;
            out += static_cast<char>(*high * 16 + *low);
            i += 2;
        } else {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
    return std::equal(pattern.begin(), pattern.end(), segments.begin(), segments.end(),
                      [](const std::string& wanted, const std::string& got) {
                          return wanted == "{}" ? !got.empty() : wanted == got;
                      });
}

} // namespace

reply error_reply(unsigned status, std::string_view code, std::string message) {
    return {.status = status, .body = {{"error", code}, {"message", std::move(message)}}};
}

std::optional<parsed_target> parse_target(std::string_view target) {
    parsed_target parsed;
    const auto mark = target.find('?');
    const auto path = target.substr(0, mark);
    if (path.empty() || path.front() != '/') return std::nullopt;
    for (const auto segment : split(path.substr(1), '/')) {
        auto text = decode(segment, false);
        if (!text) return std::nullopt;
        parsed.segments.push_back(std::move(*text));
    }
    if (mark == std::string_view::npos) return parsed;
    auto query = parse_form(target.substr(mark + 1));
    if (!query) return std::nullopt;
    parsed.query = std::move(*query);
    return parsed;
}

std::optional<std::map<std::string, std::string>> parse_form(std::string_view text) {
    std::map<std::string, std::string> members;
    for (const auto pair : split(text, '&')) {
        const auto equals = pair.find('=');
        auto name = decode_form(pair.substr(0, equals));
        auto value =
            equals == std::string_view::npos ? std::string{} : decode_form(pair.substr(equals + 1));
        if (!name || !value) return std::nullopt;
        if (!name->empty()) members[std::move(*name)] = std::move(*value);
    }
    return members;
}

std::optional<std::string> decode_form(std::string_view text) { return decode(text, true); }

std::optional<std::string> request::header(std::string_view name) const {
    const auto has_name = [&](const auto& field) {
        return std::ranges::equal(field.first, name, {}, lower, lower);
    };
    const auto found = std::ranges::find_if(headers, has_name);
    if (found == headers.end() || std::any_of(std::next(found), headers.end(), has_name))
        return std::nullopt;
    return found->second;
}

void service::on(std::string_view method, std::string_view pattern, handler call) {
    auto parsed = parse_target(pattern);
    entries_.push_back({std::string(method), std::move(parsed.value().segments), std::move(call)});
}

reply service::handle(request request) {
    auto parsed = parse_target(request.target);
    if (!parsed) return error_reply(400, "bad_request", "malformed path or query");
    request.query = std::move(parsed->query);
    const std::string_view wanted =
        request.method == "HEAD" ? "GET" : std::string_view(request.method);
    std::string allow;
    for (const auto& entry : entries_) {
        if (!fits(entry.pattern, parsed->segments)) continue;
        if (entry.method == wanted || entry.method == "*") {
            for (std::size_t i = 0; i < entry.pattern.size(); ++i)
                if (entry.pattern[i] == "{}") request.captures.push_back(parsed->segments[i]);
            return entry.call(request);
        }
        allow += (allow.empty() ? "" : ", ") + (entry.method == "GET" ? "GET, HEAD" : entry.method);
    }
    if (allow.empty())
        return error_reply(404, "not_found", "nothing at " + request.target.substr(0, 200));
    auto refused = error_reply(405, "method_not_allowed", "allowed here: " + allow);
    refused.headers.emplace_back("Allow", std::move(allow));
    return refused;
}

nlohmann::ordered_json service::event(std::uint64_t n) { return {{"n", n}, {"service", name_}}; }

} // namespace thalamus::demo
