#include "tests/support/http_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace thalamus::test {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

field parse_field(std::string_view line) {
    auto colon = line.find(':');
    if (colon == std::string_view::npos) return {std::string(line), ""};
    return {std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))};
}

void parse_head(std::string bytes, message& into) {
    into.head = std::move(bytes);
    std::string_view rest = into.head;
    bool first = true;
    while (!rest.empty()) {
        auto end = rest.find('\n');
        auto line = trimmed(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (first) into.start_line = line;
        else if (!line.empty()) into.fields.push_back(parse_field(line));
        first = false;
    }
}

} // namespace

bool same_text(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

std::optional<std::string> message::get(std::string_view name) const {
    for (auto& [key, value] : fields)
        if (same_text(key, name)) return value;
    return std::nullopt;
}

std::vector<std::string> message::all(std::string_view name) const {
    std::vector<std::string> found;
    for (auto& [key, value] : fields)
        if (same_text(key, name)) found.push_back(value);
    return found;
}

std::string message::joined(std::string_view name) const {
    std::string list;
    for (auto& value : all(name)) list += (list.empty() ? "" : ", ") + value;
    return list;
}

bool response::says_close() const { return same_text(joined("Connection"), "close"); }

std::string request_text(std::string_view method, std::string_view target,
                         const std::vector<field>& fields, std::string_view body) {
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
    auto given = [&](std::string_view name) {
        return std::any_of(fields.begin(), fields.end(),
                           [&](const field& one) { return same_text(one.first, name); });
    };
    if (!given("Host")) text += "Host: test\r\n";
    for (auto& [name, value] : fields) text += name + ": " + value + "\r\n";
    if (!body.empty() && !given("Content-Length") && !given("Transfer-Encoding"))
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + std::string(body);
}

std::string answer_text(int status, std::string_view body, const std::vector<field>& fields) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Said\r\n";
    for (auto& [name, value] : fields) text += name + ": " + value + "\r\n";
    if (status >= 200 && status != 204 && status != 304)
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + std::string(body);
}

std::string chunk(std::string_view data) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return size + std::string(data) + "\r\n";
}

bool message_reader::fill(deadline until) {
    std::string arrived;
    if (!from_.receive(arrived, until)) return false;
    if (seen_) seen_(arrived);
    buffer_ += arrived;
    return true;
}

void message_reader::need(deadline until, const char* what) {
    if (!fill(until)) throw connection_lost(std::string("the stream ends within ") + what);
}

std::string message_reader::read_head(deadline until) {
    std::size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (buffer_.empty()) {
            if (!fill(until)) return {};
        } else {
            need(until, "a head");
        }
    }
    auto head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    return head;
}

std::string message_reader::read_line(deadline until) {
    std::size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos) need(until, "a line");
    auto line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
}

bool message_reader::read_request_head(request& into, deadline until) {
    auto bytes = read_head(until);
    if (bytes.empty()) return false;
    parse_head(std::move(bytes), into);
    auto space = into.start_line.find(' '), last = into.start_line.rfind(' ');
    into.method = into.start_line.substr(0, space);
    if (space != std::string::npos && last > space)
        into.target = into.start_line.substr(space + 1, last - space - 1);
    return true;
}

response message_reader::read_response_head(deadline until) {
    response head;
    auto bytes = read_head(until);
    if (bytes.empty()) throw connection_lost("closed without an answer");
    parse_head(std::move(bytes), head);
    auto space = head.start_line.find(' ');
    if (space != std::string::npos) head.status = std::atoi(head.start_line.c_str() + space + 1);
    return head;
}

void message_reader::read_counted(std::uint64_t count, const sink& to, deadline until) {
    while (count > 0) {
        if (buffer_.empty()) need(until, "a body");
        auto part = static_cast<std::size_t>(std::min<std::uint64_t>(count, buffer_.size()));
        to(std::string_view(buffer_).substr(0, part));
        buffer_.erase(0, part);
        count -= part;
    }
}

void message_reader::read_body(const message& head, bool may_last_until_close, const sink& to,
                               deadline until, std::vector<field>* trailers) {
    if (head.has("Transfer-Encoding")) {
        while (true) {
            auto size = std::strtoull(read_line(until).c_str(), nullptr, 16);
            if (size == 0) break;
            read_counted(size, to, until);
            read_line(until);
        }
        for (auto line = read_line(until); !line.empty(); line = read_line(until))
            if (trailers) trailers->push_back(parse_field(line));
    } else if (auto length = head.get("Content-Length")) {
        read_counted(std::strtoull(length->c_str(), nullptr, 10), to, until);
    } else if (may_last_until_close) {
        do {
            if (!buffer_.empty()) to(buffer_);
            buffer_.clear();
        } while (fill(until));
    }
}

response message_reader::read_response(std::string_view method, deadline until) {
    std::vector<response> interim;
    while (true) {
        auto answer = read_response_head(until);
        if (answer.status >= 100 && answer.status < 200 && answer.status != 101) {
            interim.push_back(std::move(answer));
            continue;
        }
        answer.interim = std::move(interim);
        answer.chunked = answer.has("Transfer-Encoding");
        bool bodiless = method == "HEAD" || answer.status == 101 || answer.status == 204 ||
                        answer.status == 304;
        if (bodiless) return answer;
        answer.until_close = !answer.chunked && !answer.has("Content-Length");
        read_body(
            answer, true, [&](std::string_view part) { answer.body += part; }, until,
            &answer.trailers);
        return answer;
    }
}

std::string message_reader::read_some(deadline until) {
    if (buffer_.empty()) fill(until);
    return std::exchange(buffer_, {});
}

std::string message_reader::read_exactly(std::size_t count, deadline until) {
    std::string bytes;
    read_counted(
        count, [&](std::string_view part) { bytes += part; }, until);
    return bytes;
}

std::string message_reader::read_until_close(deadline until) {
    while (fill(until)) {}
    return std::exchange(buffer_, {});
}

} // namespace thalamus::test
