// The strict request and response cases of llhttp (../shared/vectors/llhttp), message by message
// through scanner, parser and body decoding. Where we differ, on purpose, stands in `exceptions`.

#include "tests/http/message_reader.hpp"
#include "tests/support/paths.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace thalamus::http::llhttp_vectors_test {
namespace {

using outcome = read_result::outcome;

/// What llhttp saw of one message.
struct expected_message {
    std::string method, target, reason, body;
    std::vector<std::pair<std::string, std::string>> fields;
    bool head_complete = false;
    bool skip_body = false;
    bool complete = false;
};

struct expected_case {
    std::vector<expected_message> messages;
    bool refused = false;
    std::size_t seen = 0; // how far the input was read
};

std::string trimmed(std::string text) {
    text.erase(0, text.find_first_not_of(" \t"));
    text.erase(text.find_last_not_of(" \t") + 1);
    return text;
}

/// Reads llhttp's event log. A span says where in the input it lies; its text may be shortened.
expected_case read_log(const nlohmann::json& vector, std::string input) {
    input += "\r\n"; // lost in the files
    expected_case out;
    std::string name, value;
    for (const std::string line : vector.at("log")) {
        const auto is = [&](std::string_view event) { return line.ends_with(event); };
        if (is("message begin")) {
            out.messages.emplace_back();
            continue;
        }
        if (line.find(" error code=") != std::string::npos) {
            // An upgrade is where llhttp stops, not an error; the rest is the tunnel's.
            out.refused = line.find("Pause on CONNECT/Upgrade") == std::string::npos;
            continue;
        }
        if (out.messages.empty()) continue;
        expected_message& message = out.messages.back();
        unsigned offset = 0, length = 0;
        char kind[32] = {};
        if (std::sscanf(line.c_str(), "off=%u len=%u span[%31[a-z_]", &offset, &length, kind) ==
            3) {
            const std::string text = input.substr(offset, length);
            out.seen = offset + length;
            const std::string_view what = kind;
            if (what == "method") message.method += text;
            if (what == "url") message.target += text;
            if (what == "status") message.reason += text;
            if (what == "body") message.body += text;
            if (what == "header_field") name += text;
            if (what == "header_value") value += text;
        } else if (is("header_value complete")) {
            // Behind the head they are trailers, which we drop.
            if (!message.head_complete) message.fields.emplace_back(name, trimmed(value));
            name.clear();
            value.clear();
        } else if (line.find("headers complete") != std::string::npos) {
            message.head_complete = true;
        } else if (is("skip body")) {
            message.skip_body = true;
        } else if (is("message complete")) {
            message.complete = true;
        }
    }
    return out;
}

struct seen_message {
    std::string method, target, reason, body;
    std::vector<std::pair<std::string, std::string>> fields;
    bool keep_alive = false;
    bool upgrade = false;
};

template <class Head>
seen_message to_seen(const Head& head, const read_result& read) {
    seen_message seen;
    if constexpr (requires { head.method; }) {
        seen.method = head.method;
        seen.target = head.target;
        seen.upgrade = head.upgrade || head.method == "CONNECT";
    } else {
        seen.reason = head.reason;
        seen.upgrade = head.status == 101;
    }
    for (const field& f : head.fields) seen.fields.emplace_back(f.name, f.value);
    seen.body = read.body;
    seen.keep_alive = head.keep_alive;
    return seen;
}

/// llhttp knows no rule about Host (RFC 9112 3.2). A request that lacks only that gets one.
bool add_host(std::string& bytes, std::size_t from) {
    request_head head;
    const read_result read = read_request(std::string_view(bytes).substr(from), head);
    if (read.refusal.reason != "missing Host") return false;
    EXPECT_EQ(read.refusal.status, 400u);
    const std::string_view authority = authority_of(head);
    const std::string host =
        "Host: " + (authority.data() ? std::string(authority) : std::string("a")) + "\r\n";
    const std::size_t start = bytes.compare(from, 2, "\r\n") == 0 ? from + 2 : from;
    bytes.insert(bytes.find("\r\n", start) + 2, host);
    return true;
}

void remove_host(std::string& bytes, std::size_t from) {
    const std::size_t host = bytes.find("Host: ", from);
    bytes.erase(host, bytes.find("\r\n", host) + 2 - host);
}

/// How our reading differs from llhttp's; empty if it does not.
std::string difference(const nlohmann::json& vector) {
    const bool is_request = vector.at("type") == "request";
    std::string bytes = latin1_bytes(vector.at("input"));
    // In three places the conversion took several cases for one; the log is the last one's.
    constexpr std::string_view begins = "```http\r\n";
    if (const std::size_t last = bytes.rfind(begins); last != std::string::npos)
        bytes.erase(0, last + begins.size());
    const expected_case expected = read_log(vector, bytes);
    bool completed = expected.seen > bytes.size();
    if (completed) bytes += "\r\n";

    std::size_t at = 0;
    std::size_t index = 0;
    while (at < bytes.size() || (!completed && index == 0)) {
        const bool host_added = is_request && add_host(bytes, at);
        const std::string_view rest = std::string_view(bytes).substr(at);
        request_head request;
        response_head response;
        read_result read = is_request ? read_request(rest, request) : read_response(rest, response);
        const expected_message* const wanted =
            index < expected.messages.size() ? &expected.messages[index] : nullptr;
        if (wanted && wanted->skip_body && read.head_parsed) {
            read.result = outcome::accepted;
            read.used = read.head_size;
            read.body.clear();
        }
        const bool cut_by_file =
            !read.head_parsed || expected.refused || (wanted && wanted->complete);
        if (read.result == outcome::incomplete && !completed && cut_by_file) {
            completed = true;
            bytes += expected.refused ? "\r\n\r\n" : "\r\n";
            if (host_added) remove_host(bytes, at);
            continue;
        }
        if (read.result == outcome::refused)
            return expected.refused ? "" : "we refuse: " + std::string(read.refusal.reason);
        if (!read.head_parsed) {
            const bool llhttp_too = !wanted || !wanted->head_complete;
            return llhttp_too && !expected.refused ? "" : "we wait for more of the head";
        }

        seen_message seen = is_request ? to_seen(request, read) : to_seen(response, read);
        if (host_added) seen.fields.erase(seen.fields.begin());
        if (!wanted || !wanted->head_complete) return expected.refused ? "we accept" : "message";
        ++index;
        if (seen.method != wanted->method || seen.target != wanted->target) return "request-line";
        if (seen.reason != wanted->reason) return "reason";
        if (seen.fields != wanted->fields) return "fields";
        if (seen.body != wanted->body) return "body";
        if (read.result == outcome::incomplete)
            return wanted->complete || expected.refused ? "we wait for more of the body" : "";
        at += read.used;
        if (seen.upgrade) break;
        if (!seen.keep_alive) {
            // What follows is never read; llhttp calls more than line ends an error.
            const bool more = bytes.find_first_not_of("\r\n", at) != std::string::npos;
            return more == expected.refused ? "" : "data after the last message";
        }
    }
    if (expected.refused) return "we accept";
    return index == expected.messages.size() ? "" : "we see a message less";
}

/// A case in which we differ, how, and what entitles us to.
struct exception {
    std::string_view id;
    std::string_view difference;
    std::string_view reason;
};

constexpr exception exceptions[] = {
    {"request: Emitting part of body and pausing (request/connection.md)",
     "we refuse: not an HTTP message",
     "RFC 9110 7.8: a server may ignore Upgrade; we do where the request has a body, so that what "
     "follows the body is the next request and not a tunnel's"},
    {"request: `Content-Length` with zeroes (request/content-length.md)",
     "we refuse: leading zero in Content-Length",
     "RFC 9112 11.2: a number that some read as octal is a means of smuggling"},
    {"request: `Content-Length` with follow-up headers (request/content-length.md)",
     "we refuse: leading zero in Content-Length", "the same"},
    {"request: HTTP protocol and ANNOUNCE method (request/invalid.md)", "we accept",
     "RFC 9110 9.1: any token is a method; which ones a route takes is the router's matter"},
    {"request: Invalid method (request/invalid.md)", "we accept", "RFC 9110 9.1, the same"},
    {"request: CONNECT request (request/method.md)", "we refuse: CONNECT is not supported",
     "RFC 9110 9.3.6 and 15.6.2: a gateway is no forward proxy; 501"},
    {"request: CONNECT request with CAPS (request/method.md)",
     "we refuse: CONNECT is not supported", "the same"},
    {"request: CONNECT with body (request/method.md)", "we refuse: CONNECT is not supported",
     "the same"},
    {"request: Underscore in hostname (request/uri.md)", "we refuse: CONNECT is not supported",
     "the same"},
    {"request: M-SEARCH request (request/method.md)", "we refuse: asterisk-form without OPTIONS",
     "RFC 9112 3.2.4: the asterisk is for OPTIONS only"},
    {"request: SOURCE request with ICE (request/method.md)", "we refuse: bad HTTP version",
     "RFC 9112 2.3: HTTP-name is \"HTTP\""},
    {"request: OPTIONS request with RTSP (request/method.md)", "we refuse: bad HTTP version",
     "RFC 9112 2.3"},
    {"request: ANNOUNCE request with RTSP (request/method.md)", "we refuse: bad HTTP version",
     "RFC 9112 2.3"},
    {"request: No HTTP version (request/sample.md)", "we refuse: bad request-target",
     "RFC 9112 3: a request-line has a version; HTTP/0.9 is not spoken"},
    {"request: Trailing headers (request/transfer-encoding.md)",
     "we refuse: forbidden trailer field",
     "RFC 9110 6.5.1: no Content-Type and its kin in trailers"},
    {"request: POST with `chunked` as last transfer-encoding (request/transfer-encoding.md)",
     "we refuse: fragment in the request-target",
     "RFC 9112 3.2: no form of the target has a fragment; and 6.1: the coding is unknown to us"},
    {"request: POST with `chunked` as last transfer-encoding (multiple headers) "
     "(request/transfer-encoding.md)",
     "we refuse: fragment in the request-target", "the same"},
    {"request: Fragment in URI (request/uri.md)", "we refuse: fragment in the request-target",
     "RFC 9112 3.2"},
    {"request: `host:port` and basic auth (request/uri.md)", "we refuse: bad Host",
     "RFC 9110 4.2.4: user information in a target is an error (Host is made from it here)"},
    {"response: HTTP 101 response with Upgrade and Content-Length header (response/connection.md)",
     "we refuse: body not allowed for this status", "RFC 9110 8.6: no Content-Length in a 1xx"},
    {"response: HTTP 101 response with Upgrade and Transfer-Encoding header "
     "(response/connection.md)",
     "we refuse: body not allowed for this status", "RFC 9112 6.1: no Transfer-Encoding in a 1xx"},
    {"response: HTTP 304 with Content-Length (response/connection.md)",
     "we refuse: bad HTTP version",
     "RFC 9112 2.2: an empty line is skipped before a request-line only"},
    {"response: HTTP 100 first, then 400 (response/connection.md)", "we refuse: bad HTTP version",
     "RFC 9112 2.2, the same"},
    {"response: Should parse multiple events (response/pipelining.md)",
     "we refuse: bad HTTP version", "RFC 9112 2.2, the same"},
    {"response: Response starting with CRLF (response/sample.md)", "we refuse: bad HTTP version",
     "RFC 9112 2.2, the same"},
    {"response: RTSP response (response/sample.md)", "we refuse: not an HTTP message",
     "RFC 9112 2.3"},
    {"response: ICE response (response/sample.md)", "we refuse: not an HTTP message",
     "RFC 9112 2.3"},
    {"response: HTTP version 0.9 (response/sample.md)", "we refuse: bad HTTP version",
     "RFC 9112 2.3: a status-line of HTTP/0.9 does not exist"},
    {"response: No reason phrase (response/sample.md)", "we refuse: bad status",
     "RFC 9112 4: the space behind the status code is not optional"},
    {"response: `chunked` before other transfer-encoding (response/transfer-encoding.md)",
     "we refuse: bad Transfer-Encoding",
     "RFC 9112 6.1: a recipient that does not understand a coding cannot pass the content on"},
    {"response: multiple transfer-encoding where chunked is not the last one "
     "(response/transfer-encoding.md)",
     "we refuse: bad Transfer-Encoding", "RFC 9112 6.1, the same"},
    {"response: `chunkedchunked` transfer-encoding does not enable chunked enconding "
     "(response/transfer-encoding.md)",
     "we refuse: unknown transfer coding", "RFC 9112 6.1, the same"},
};

class llhttp_vectors : public test::vectors_test {
protected:
    llhttp_vectors() : vectors_test("llhttp") {}
};

TEST_F(llhttp_vectors, are_read_as_llhttp_reads_them) {
    auto file = open("cases.json");

    std::map<std::string_view, std::string_view> allowed;
    for (const exception& e : exceptions) allowed[e.id] = e.difference;

    unsigned count = 0;
    for (const auto& vector : nlohmann::json::parse(file)) {
        const std::string type = vector.at("type");
        if (type != "request" && type != "response") continue;
        ++count;
        const std::string id = type + ": " + std::string(vector.at("title")) + " (" +
                               std::string(vector.at("file")) + ")";
        const auto exception = allowed.find(id);
        const std::string_view wanted = exception == allowed.end() ? "" : exception->second;
        EXPECT_EQ(difference(vector), wanted) << id << "\n" << vector.at("input");
        if (exception != allowed.end()) allowed.erase(exception);
    }
    EXPECT_EQ(count, 206u);
    for (const auto& [id, how] : allowed) ADD_FAILURE() << "no such case: " << id;
}

} // namespace
} // namespace thalamus::http::llhttp_vectors_test
