#pragma once
// HTTP/1.1 messages as text, and a reader that is lenient on purpose: tests look at what really
// came, so it keeps the bytes and judges nothing that it need not.

#include "tests/support/socket.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thalamus::test {

using field = std::pair<std::string, std::string>;

struct message {
    std::string head; ///< as received, with the final empty line
    std::string start_line;
    std::vector<field> fields; ///< in their order; values without surrounding blanks
    std::string body;          ///< decoded
    std::vector<field> trailers;
    bool chunked = false; ///< how the body came
    bool until_close = false;

    /// The value of the first field of that name (any case).
    std::optional<std::string> get(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;
    /// All values of a list field, joined by ", ".
    std::string joined(std::string_view name) const;
    bool has(std::string_view name) const { return get(name).has_value(); }
};

struct response : message {
    int status = 0;
    std::vector<response> interim; ///< the 1xx before it
    bool says_close() const;
};

struct request : message {
    std::string method, target;
};

bool same_text(std::string_view a, std::string_view b); ///< without case

/// "GET /a HTTP/1.1" with `Host: test` unless a Host is given, and a Content-Length if there is a
/// body.
std::string request_text(std::string_view method, std::string_view target,
                         const std::vector<field>& fields = {}, std::string_view body = {});
/// An answer with Content-Length.
std::string answer_text(int status, std::string_view body, const std::vector<field>& fields = {});
std::string chunk(std::string_view data); ///< one chunk of a chunked body
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// Reads messages from a socket, keeping what came too early for the next read.
class message_reader {
public:
    using sink = std::function<void(std::string_view)>;

    /// `seen` is shown every byte as it arrives.
    explicit message_reader(socket& from, sink seen = {}) : from_(from), seen_(std::move(seen)) {}

    /// False if the stream ends before the first byte. @throws connection_lost if it ends within.
    bool read_request_head(request& into, deadline until);
    /// A head of any status; not its body.
    response read_response_head(deadline until);
    /// The body that the head announces, piece by piece. @throws connection_lost if it ends early.
    void read_body(const message& head, bool may_last_until_close, const sink& to, deadline until,
                   std::vector<field>* trailers = nullptr);
    /// The final answer with its body; 1xx go to `interim`. 101 counts as final.
    response read_response(std::string_view method, deadline until);

    /// Bytes that are there, else whatever comes next. Empty at the end of the stream.
    std::string read_some(deadline until);
    std::string read_exactly(std::size_t count, deadline until);
    std::string read_until_close(deadline until);
    /// Received but not read yet.
    const std::string& buffered() const { return buffer_; }

private:
    bool fill(deadline until);
    void need(deadline until, const char* what);
    std::string read_head(deadline until);
    std::string read_line(deadline until);
    void read_counted(std::uint64_t count, const sink& to, deadline until);

    socket& from_;
    sink seen_;
    std::string buffer_;
};

} // namespace thalamus::test
