// Any bytes as an answer to a GET or HEAD: what is accepted has one framing, does not depend on how
// the bytes arrive, and reads the same again when it is written out from its parts.

#include "http/framing.hpp"
#include "tests/http/message_reader.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace thalamus::http;

void require(bool holds) {
    if (!holds) std::abort();
}

std::string write(const response_head& head) {
    std::string bytes = (head.version == 11 ? "HTTP/1.1 " : "HTTP/1.0 ") +
                        std::to_string(head.status) + " " + std::string(head.reason) + "\r\n";
    for (const field& f : head.fields)
        bytes.append(f.name).append(": ").append(f.value).append("\r\n");
    return bytes + "\r\n";
}

void check(const response_head& head, std::string_view method) {
    unsigned lengths = 0, codings = 0;
    for (const field& f : head.fields) {
        require(f.id == to_field_id(f.name));
        require(!f.name.empty());
        require(f.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
        lengths += f.id == field_id::content_length;
        codings += f.id == field_id::transfer_encoding;
    }
    require(head.status >= 100 && head.status <= 999);
    require(head.reason.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    require(lengths + codings <= 1);
    const bool bodiless =
        method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304;
    require((head.framing == body_framing::none) == bodiless);
    require(head.framing != body_framing::chunked || codings == 1);
    require(head.framing != body_framing::length || lengths == 1);
    require(head.framing != body_framing::close || (lengths + codings == 0 && !head.keep_alive));
}

void check_same(const response_head& a, const response_head& b) {
    require(a.status == b.status && a.reason == b.reason && a.version == b.version);
    require(a.framing == b.framing && a.content_length == b.content_length);
    require(a.keep_alive == b.keep_alive);
    require(a.fields.size() == b.fields.size());
    for (std::size_t i = 0; i < a.fields.size(); ++i) {
        require(a.fields[i].id == b.fields[i].id && a.fields[i].name == b.fields[i].name);
        require(a.fields[i].value == b.fields[i].value);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t first = data[0] >> 1, second = first + data[1];
    const std::string_view method = data[0] & 1 ? "HEAD" : "GET";
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

    response_head raw;
    if (!parse_response_head(bytes, method, raw)) check(raw, method);

    response_head head;
    const read_result read = read_response(bytes, head, method);
    response_head again;
    const read_result pieces = read_response(
        bytes, again, method, {std::min(first, bytes.size()), std::min(second, bytes.size())});
    require(read.result == pieces.result && read.body == pieces.body);
    require(read.head_parsed == pieces.head_parsed);
    if (!read.head_parsed) return 0;
    check(head, method);
    check_same(head, again);

    const std::string written = write(head);
    response_head reread;
    require(!parse_response_head(written, method, reread));
    check_same(head, reread);
    return 0;
}
