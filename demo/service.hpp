#pragma once
// A demo service: a table of methods and path patterns, each with a handler. Pure values, no
// sockets; the server (http_server.hpp) delivers the requests.

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thalamus::demo {

struct request {
    std::string method;
    std::string target;                       ///< path and query as received
    std::map<std::string, std::string> query; ///< decoded; the last value of a name counts
    std::vector<std::string> captures; ///< the segments that matched {} in the pattern, decoded
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The field's value (name in any case); nullopt unless there is exactly one.
    std::optional<std::string> header(std::string_view name) const;
};

struct reply {
    unsigned status = 200;
    nlohmann::ordered_json body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool events = false; ///< send server-sent events instead of `body`
};

/// {"error": code, "message": message} with the status.
reply error_reply(unsigned status, std::string_view code, std::string message);

/// Parses a target's query and splits and decodes its path; nullopt if an escape is malformed.
struct parsed_target {
    std::vector<std::string> segments;
    std::map<std::string, std::string> query;
};
std::optional<parsed_target> parse_target(std::string_view target);

/// a=b&c=d, decoded: a query, or a body of application/x-www-form-urlencoded. The last value of
/// a name counts. nullopt if an escape is malformed.
std::optional<std::map<std::string, std::string>> parse_form(std::string_view text);
/// One name or value of such a text.
std::optional<std::string> decode_form(std::string_view text);

class service {
public:
    using handler = std::function<reply(const request&)>;

    explicit service(std::string name) : name_(std::move(name)) {}
    virtual ~service() = default;
    service(const service&) = delete;
    service& operator=(const service&) = delete;

    const std::string& name() const { return name_; }
    /// Finds the handler and calls it. Returns 400, 404 and 405 (with Allow) itself; HEAD is
    /// handled like GET.
    virtual reply handle(request request);
    /// The data of the n-th server-sent event (from 1).
    virtual nlohmann::ordered_json event(std::uint64_t n);

protected:
    /// "/users/{}": {} matches one segment. The method "*" matches any.
    void on(std::string_view method, std::string_view pattern, handler call);

private:
    struct entry {
        std::string method;
        std::vector<std::string> pattern;
        handler call;
    };
    std::string name_;
    std::vector<entry> entries_;
};

} // namespace thalamus::demo
