#include "http/request_id.hpp"

#include <algorithm>

namespace thalamus::http {

request_id make_request_id(base::xoshiro256& random) {
    request_id id;
    for (int half = 0; half < 2; ++half) {
        auto bits = random();
        for (int i = 0; i < 16; ++i, bits >>= 4)
            id.text[half * 16 + i] = "0123456789abcdef"[bits & 15];
    }
    return id;
}

bool is_acceptable_request_id(std::string_view id) {
    return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == ':' || c == '-';
    });
}

} // namespace thalamus::http
