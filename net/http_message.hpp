#pragma once
// The requests that http_client sends and the responses it returns. Values; not bound to a thread.

#include "http/head.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::net {

/// Lines that a caller adds to the head of a request. Text that could end a line or change the end
/// of the message is rejected.
class request_fields {
public:
    /// Adds nothing and returns false if these are not a valid field name and value, or if the
    /// client writes this field itself: Host, User-Agent, Accept-Encoding, and all for connection
    /// and framing.
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
    /// The request may reach the server twice although its method does not imply that, as with a
    /// query sent by POST.
    bool repeatable = false;
};

/// Why a request cannot be sent as it is; empty if it can.
std::string_view fault_of(const http_request& request);
/// Appends the head as it is sent; `authority` goes into Host.
void write_request_head(const http_request& request, std::string_view authority, std::string& out);

struct http_response {
    /// Copies the head, because its fields are views into the connection's memory.
    explicit http_response(const http::response_head& head);
    http_response(http_response&&) = default;
    http_response& operator=(http_response&&) = default;

    unsigned status;
    http::field_list fields; ///< views into memory of this response; they stay valid if it is moved
    std::string body;        ///< without its framing

private:
    std::vector<char> bytes_;
};

struct http_failure {
    enum class kind : unsigned char {
        cannot_resolve, ///< the name has no address, and had none recently
        cannot_connect, ///< none of its addresses accepted a connection
        timeout,        ///< the deadline passed
        broken,         ///< the connection ended before the response was complete
        malformed,      ///< the response is not HTTP, or has an encoding that was not accepted; or
                        ///< the request is not valid
        too_big,        ///< the response's body is larger than allowed
        overloaded      ///< too many calls are waiting
    };
    kind what;
    std::string text; ///< for the log: what happened and where; never contains parts of the request
};

using http_result = std::variant<http_response, http_failure>;

} // namespace thalamus::net
