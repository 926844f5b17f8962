#pragma once
// The Beast parts that parse.cpp and chunk_decoder.cpp share. Private to these two: no other file
// includes Beast through http/.

#include "http/parse.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <limits>

namespace thalamus::http {

namespace beast_http = boost::beast::http;

inline std::string_view to_std(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

/// Our id for a name that Beast has already looked up.
field_id from_beast(beast_http::field name, std::string_view text);

/// Whether Beast unfolded this field (obs-fold). Folded lines are rejected (RFC 9112 section 5.2):
/// a peer may see two fields where Beast joins them into one.
bool is_folded(std::string_view message, std::string_view name, std::string_view value);

/// A short reason for an error of Beast's grammar.
std::string_view describe(const boost::beast::error_code& code);

/// Beast's parser with only the callbacks that we use. Beast stops at any error; `stop()` stops it
/// with a reason of our own.
template <bool IsRequest>
class beast_grammar : public beast_http::basic_parser<IsRequest> {
public:
    beast_grammar() {
        // Our own rules limit sizes before Beast sees the bytes.
        this->body_limit(boost::none);
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
    }

    const refusal& stopped() const { return reason_; }

protected:
    using error_code = boost::beast::error_code;

    void stop(error_code& error, refusal reason) {
        reason_ = reason;
        error = beast_http::error::end_of_stream; // any error will do; stopped() is checked first
    }

    void on_request_impl(beast_http::verb, boost::beast::string_view, boost::beast::string_view,
                         int, error_code&) override {}
    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
    void on_field_impl(beast_http::field, boost::beast::string_view, boost::beast::string_view,
                       error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(boost::beast::string_view body, error_code&) override {
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body,
                                   error_code&) override {
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

private:
    refusal reason_;
};

} // namespace thalamus::http
