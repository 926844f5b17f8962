#include "http/parse.hpp"

#include "http/beast_grammar.hpp"
#include "http/characters.hpp"
#include "http/framing.hpp"

#include <boost/asio/buffer.hpp>

namespace thalamus::http {
namespace {

// The configuration limits the size of a response head; this only bounds the work per field.
constexpr std::uint32_t max_response_fields = 1000;

/// 505 for a request-line that is valid except for the HTTP version, else 400.
refusal bad_version(std::string_view bytes) {
    const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
    const std::size_t target = line.find(' ') + 1;
    const std::string_view version = line.substr(line.find(' ', target) + 1);
    if (version.size() == 8 && version.substr(0, 5) == "HTTP/" && is_digit(version[5]) &&
        version[6] == '.' && is_digit(version[7]) && version != "HTTP/1.0" && version != "HTTP/1.1")
        return {505, "HTTP version not supported"};
    return {400, "bad HTTP version"};
}

/// Lets Beast read a head and collects its fields.
template <bool IsRequest>
class head_grammar : public beast_grammar<IsRequest> {
public:
    head_grammar(std::string_view bytes, std::uint32_t max_fields, field_list& fields)
        : bytes_(bytes),
          max_fields_(max_fields),
          fields_(fields) {}

    refusal read() {
        boost::beast::error_code error;
        const std::size_t used =
            this->put(boost::asio::const_buffer(bytes_.data(), bytes_.size()), error);
        if (this->stopped()) return this->stopped();
        if (error == beast_http::error::bad_version) return bad_version(bytes_);
        if (error) return {400, describe(error)};
        if (used != bytes_.size()) return {400, "malformed message"};
        return {};
    }

protected:
    void on_field_impl(beast_http::field id, boost::beast::string_view name,
                       boost::beast::string_view value, boost::beast::error_code& error) override {
        const field read{from_beast(id, to_std(name)), to_std(name), to_std(value)};
        if (is_folded(bytes_, read.name, read.value))
            return this->stop(error, {400, "folded field line"});
        if (fields_.size() == max_fields_) return this->stop(error, {431, "too many fields"});
        fields_.push_back(read);
    }

private:
    std::string_view bytes_;
    std::uint32_t max_fields_;
    field_list& fields_;
};

class request_grammar final : public head_grammar<true> {
public:
    request_grammar(std::string_view bytes, std::uint32_t max_fields, request_head& head)
        : head_grammar(bytes, max_fields, head.fields),
          head_(head) {}

private:
    void on_request_impl(beast_http::verb, boost::beast::string_view method,
                         boost::beast::string_view target, int version, error_code&) override {
        head_.method = to_std(method);
        head_.target = to_std(target);
        head_.version = static_cast<unsigned>(version);
    }

    request_head& head_;
};

class response_grammar final : public head_grammar<false> {
public:
    response_grammar(std::string_view bytes, response_head& head)
        : head_grammar(bytes, max_response_fields, head.fields),
          head_(head) {}

private:
    void on_response_impl(int status, boost::beast::string_view reason, int version,
                          error_code& error) override {
        // RFC 9110 section 15: a status code is from 100 to 599.
        if (status < 100 || status > 599) return stop(error, {502, "bad status"});
        head_.status = static_cast<unsigned>(status);
        head_.reason = to_std(reason);
        head_.version = static_cast<unsigned>(version);
    }

    response_head& head_;
};

} // namespace

refusal parse_request_head(std::string_view bytes, std::uint32_t max_fields, request_head& head) {
    head.fields.clear();
    if (bytes.substr(0, 2) == "\r\n") bytes.remove_prefix(2); // RFC 9112 section 2.2
    if (const refusal error = request_grammar(bytes, max_fields, head).read()) return error;
    return frame_request(head);
}

refusal parse_response_head(std::string_view bytes, std::string_view request_method,
                            response_head& head) {
    head.fields.clear();
    if (const refusal error = response_grammar(bytes, head).read()) return {502, error.reason};
    return frame_response(request_method, head);
}

} // namespace thalamus::http
