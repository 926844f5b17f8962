// Any bytes as a request: what is accepted must be unambiguous, must not depend on how the bytes
// arrive, and must read the same again when it is written out from its parts.

#include "http/framing.hpp"
#include "tests/http/message_reader.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace thalamus::http;
using outcome = read_result::outcome;

void require(bool holds) {
    if (!holds) std::abort();
}

std::string write(const request_head& head) {
    std::string bytes = std::string(head.method) + " " + std::string(head.target) +
                        (head.version == 11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    for (const field& f : head.fields)
        bytes.append(f.name).append(": ").append(f.value).append("\r\n");
    return bytes + "\r\n";
}

void check(const request_head& head) {
    unsigned lengths = 0, codings = 0, hosts = 0;
    for (const field& f : head.fields) {
        require(f.id == to_field_id(f.name));
        require(!f.name.empty());
        require(f.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
        lengths += f.id == field_id::content_length;
        codings += f.id == field_id::transfer_encoding;
        hosts += f.id == field_id::host;
    }
    require(lengths + codings <= 1);
    require(hosts <= 1 && (hosts == 1 || head.version == 10));
    require((head.framing == body_framing::chunked) == (codings == 1));
    require((head.framing == body_framing::length) == (lengths == 1));
    require(head.framing != body_framing::close);
    require(codings == 0 || head.version == 11);
    if (lengths == 1)
        require(parse_content_length(find(head.fields, field_id::content_length)) ==
                head.content_length);
    require(!head.target.empty() && head.target.find('#') == std::string_view::npos);
    for (const char c : head.target) require(static_cast<unsigned char>(c) > ' ' && c != 0x7f);
    require(!head.upgrade || (head.version == 11 && head.content_length == 0 && codings == 0));
}

void check_same(const request_head& a, const request_head& b) {
    require(a.method == b.method && a.target == b.target && a.version == b.version);
    require(a.framing == b.framing && a.content_length == b.content_length);
    require(a.keep_alive == b.keep_alive && a.upgrade == b.upgrade);
    require(a.expect_continue == b.expect_continue);
    require(a.fields.size() == b.fields.size());
    for (std::size_t i = 0; i < a.fields.size(); ++i) {
        require(a.fields[i].id == b.fields[i].id && a.fields[i].name == b.fields[i].name);
        require(a.fields[i].value == b.fields[i].value);
    }
    require(authority_of(a) == authority_of(b));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t first = data[0], second = first + data[1];
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

    // The parser alone must stand any bytes, complete or not.
    request_head raw;
    if (!parse_request_head(bytes, 100, raw)) check(raw);

    request_head head;
    const read_result read = read_request(bytes, head);
    request_head again;
    const read_result pieces =
        read_request(bytes, again, {std::min(first, bytes.size()), std::min(second, bytes.size())});
    require(read.result == pieces.result && read.body == pieces.body);
    require(read.refusal.status == pieces.refusal.status && read.head_parsed == pieces.head_parsed);
    if (!read.head_parsed) return 0;
    check(head);
    check_same(head, again);

    const std::string written = write(head);
    request_head reread;
    require(!parse_request_head(written, 100, reread));
    check_same(head, reread);
    return 0;
}
