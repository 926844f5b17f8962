#include "http/request_id.hpp"

#include "base/hex.hpp"

#include <algorithm>

namespace thalamus::http {

request_id make_request_id(base::xoshiro256& random) {
    request_id id;
    base::write_hex(random(), id.text.data());
    base::write_hex(random(), id.text.data() + 16);
    return id;
}

bool is_acceptable_request_id(std::string_view id) {
    return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == ':' || c == '-';
    });
}

} // namespace thalamus::http
