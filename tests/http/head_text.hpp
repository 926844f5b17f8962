#pragma once
// Heads for tests, read by the gateway's own parser, and the lines of those it wrote.

#include "http/parse.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace thalamus::http {

/// Lines without their CRLF, less the empty one at the end.
inline std::vector<std::string> lines_of(std::string_view head) {
    std::vector<std::string> lines;
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        if (end == 0 || end == head.npos) break;
        lines.emplace_back(head.substr(0, end));
        head.remove_prefix(end + 2);
    }
    return lines;
}

/// The values of all lines of a field, in order.
inline std::vector<std::string> values_of(std::string_view head, std::string_view name) {
    std::vector<std::string> values;
    for (const auto& line : lines_of(head)) {
        const auto colon = line.find(": ");
        if (colon != line.npos && iequals(std::string_view(line).substr(0, colon), name))
            values.push_back(line.substr(colon + 2));
    }
    return values;
}

/// A request with the given lines ("A: b\r\nC: d\r\n"). Keeps its bytes.
struct request_text {
    std::string bytes;
    request_head head;

    explicit request_text(std::string_view lines,
                          std::string_view first = "GET /a HTTP/1.1\r\nHost: example.com\r\n")
        : bytes(std::string(first) + std::string(lines) + "\r\n") {
        const auto why = parse_request_head(bytes, 100, head);
        EXPECT_FALSE(why) << bytes << why.reason;
    }
    request_text(const request_text&) = delete;
};

struct response_text {
    std::string bytes;
    response_head head;

    explicit response_text(std::string_view lines, std::string_view first = "HTTP/1.1 200 OK\r\n",
                           std::string_view method = "GET")
        : bytes(std::string(first) + std::string(lines) + "\r\n") {
        const auto why = parse_response_head(bytes, method, head);
        EXPECT_FALSE(why) << bytes << why.reason;
    }
    response_text(const response_text&) = delete;
};

} // namespace thalamus::http
