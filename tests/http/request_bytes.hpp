#pragma once
// Requests as bytes, and what the parser says of them.

#include "tests/http/message_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace thalamus::http {

using outcome = read_result::outcome;

inline std::string printable(std::string_view bytes) {
    return ::testing::PrintToString(std::string(bytes));
}

inline unsigned status_of(std::string_view bytes) {
    request_head head;
    return read_request(bytes, head).refusal.status;
}

/// A request with one more field line than Host.
inline std::string with_field(std::string_view line) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\n\r\n";
}

struct refused_case {
    std::string bytes;
    unsigned status;
};

inline void expect_refused(const std::vector<refused_case>& cases) {
    for (const refused_case& c : cases)
        EXPECT_EQ(status_of(c.bytes), c.status) << printable(c.bytes);
}

inline void expect_accepted(const std::vector<std::string>& cases) {
    for (const std::string& bytes : cases) {
        request_head head;
        const read_result read = read_request(bytes, head);
        EXPECT_TRUE(read.head_parsed) << printable(bytes) << ": " << read.refusal.reason;
    }
}

} // namespace thalamus::http
