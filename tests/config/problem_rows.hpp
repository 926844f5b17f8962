#pragma once
// Tables of wrong configurations, for the *_problems_test.cpp files.

#include "tests/config/support.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace thalamus::config {

struct row {
    std::string yaml; ///< gateway.yaml
    std::vector<std::string> problems;
};

inline const std::string a_service = "services: {users: {targets: ['http://a']}}\n";
inline const std::string a_route = "routes: [{match: {path: /}, respond: {}}]\n";

inline std::string indented(std::string lines) {
    for (std::size_t at = 0; (at = lines.find('\n', at)) != lines.npos; at += 5)
        lines.insert(at + 1, "    ");
    return "    " + lines + "\n";
}

/// The keys start at line 5, column 5 of a route or a service that is in order.
inline std::string with_route_key(const std::string& lines) {
    return a_service + "routes:\n  - match: {path: \"/users/{id}\"}\n    service: users\n" +
           indented(lines);
}
inline std::string with_service_key(const std::string& lines) {
    return a_route + "services:\n  users:\n    targets: [\"http://a\"]\n" + indented(lines);
}
inline std::string with_match(const std::string& value) {
    return "routes:\n  - respond: {}\n    match: " + value + "\n";
}
inline std::string with_action(const std::string& line) {
    return a_service + "routes:\n  - match: {path: \"/users/{id}\"}\n    " + line + "\n";
}
inline std::string with_targets(const std::string& value) {
    return a_route + "services:\n  users:\n    targets: " + value + "\n";
}

inline void expect_problems(const std::vector<row>& rows) {
    for (const auto& [yaml, problems] : rows)
        EXPECT_EQ(listed(problems_of(yaml)), listed(problems)) << yaml;
}

} // namespace thalamus::config
