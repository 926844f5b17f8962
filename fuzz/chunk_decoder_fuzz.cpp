// Any bytes as a chunked body: the same result however they arrive, data that is a part of the
// input, bounded waiting; and any data encoded by ourselves comes out as it went in.

#include "tests/http/message_reader.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace thalamus::http;
using outcome = read_result::outcome;

void require(bool holds) {
    if (!holds) std::abort();
}

/// A strict reading by hand of bodies without extensions and trailers, to compare with.
bool simple_decode(std::string_view bytes, std::string& body, std::size_t& used) {
    for (std::size_t at = 0;;) {
        std::uint64_t size = 0;
        std::size_t digits = 0;
        for (; at < bytes.size() && std::isxdigit(static_cast<unsigned char>(bytes[at])); ++at) {
            const char c = bytes[at];
            size =
                size * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
            if (++digits > 16) return false;
        }
        if (digits == 0 || bytes.substr(at, 2) != "\r\n") return false;
        at += 2;
        if (size > bytes.size() - at) return false;
        body.append(bytes.substr(at, size));
        at += size;
        if (bytes.substr(at, 2) != "\r\n") return false;
        at += 2;
        if (size == 0) {
            used = at;
            return true;
        }
    }
}

void check_steps(std::string_view bytes) {
    chunk_decoder decoder;
    while (true) {
        const auto step = decoder.next(bytes);
        require(step.consumed <= bytes.size() && step.data.size() <= step.consumed);
        if (!step.data.empty())
            require(step.data.data() >= bytes.data() &&
                    step.data.data() + step.data.size() <= bytes.data() + step.consumed);
        require(int(step.done) + int(step.need_more) + int(static_cast<bool>(step.refusal)) <= 1);
        bytes.remove_prefix(step.consumed);
        if (step.done || step.refusal) return;
        if (step.need_more) {
            require(bytes.size() < 16 * 1024);
            return;
        }
        require(step.consumed > 0);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);

    const read_result whole = read_chunked(bytes, {bytes.size()});
    std::vector<std::size_t> arrivals;
    const std::size_t step = 1 + data[0] % 16;
    for (std::size_t at = data[1] % 64; at < bytes.size(); at += step) arrivals.push_back(at);
    arrivals.push_back(bytes.size());
    const read_result pieces = read_chunked(bytes, arrivals);
    require(whole.result == pieces.result && whole.body == pieces.body);
    if (whole.result == outcome::accepted) require(whole.used == pieces.used);
    check_steps(bytes);

    std::string body;
    std::size_t used = 0;
    if (simple_decode(bytes, body, used)) {
        require(whole.result == outcome::accepted);
        require(whole.body == body && whole.used == used);
    }

    std::string encoded;
    const std::size_t chunk = 1 + data[2];
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
        const std::string_view piece = bytes.substr(at, chunk);
        char line[24];
        std::snprintf(line, sizeof line, "%zx\r\n", piece.size());
        encoded.append(line).append(piece).append("\r\n");
    }
    encoded += "0\r\n\r\n";
    const read_result decoded =
        read_chunked(encoded + "next", {encoded.size() / 2, encoded.size() + 4});
    require(decoded.result == outcome::accepted && decoded.body == bytes);
    require(decoded.used == encoded.size());
    return 0;
}
