#pragma once
// What http_client sends and what it brings back. Values; nothing here is bound to a thread.

#include "http/head.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::net {

/// Lines that a caller adds to a request's head. What could end a line or change where the message
/// ends cannot get in.
class request_fields {
public:
    /// False, and nothing is added, if these are no field's name and value, or if the client writes that
    /// field itself: Host, User-Agent, Accept-Encoding, and all of connection and framing.
    [[nodiscard]] bool add(std::string_view name, std::string_view value);
    const std::string& lines() const { return lines_; }

private:
    std::string lines_;
};

struct http_request {
    std::string method = "GET";
    std::string target = "/"; ///< path and query
    request_fields fields;
    std::string body;
    /// It may reach the server twice though its method does not say so: a question sent by POST.
    bool repeatable = false;
};

/// Why a request cannot be sent as it is; empty if it can.
std::string_view fault_of(const http_request& request);
/// Appends the head as it goes to the server; `authority` for Host.
void write_request_head(const http_request& request, std::string_view authority, std::string& out);

struct http_answer {
    /// Copies the head: its fields are views into what the connection holds.
    explicit http_answer(const http::response_head& head);
    http_answer(http_answer&&) = default;
    http_answer& operator=(http_answer&&) = default;

    unsigned status;
    http::field_list fields; ///< views that this answer owns; they stay valid when it is moved
    std::string body;        ///< decoded of its framing

private:
    std::vector<char> bytes_;
};

struct http_failure {
    enum class kind : unsigned char {
        cannot_resolve, ///< the name has no address, and had none lately
        cannot_connect, ///< at none of its addresses
        timeout,        ///< the deadline passed
        broken,         ///< the connection ended before the answer was complete
        malformed,      ///< the answer is no HTTP, or encoded though that was not accepted; or the
                        ///< request is none
        too_big,        ///< the answer's body is larger than asked for
        overloaded      ///< too many calls wait already
    };
    kind what;
    std::string text; ///< for the log: what happened and where, without anything of the request
};

using http_result = std::variant<http_answer, http_failure>;

} // namespace thalamus::net
