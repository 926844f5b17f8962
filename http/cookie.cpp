#include "http/cookie.hpp"

namespace thalamus::http {

std::string_view find_cookie(const field_list& fields, std::string_view name) {
    for (const auto& f : fields) {
        if (f.id != field_id::cookie) continue;
        std::string_view rest = f.value;
        while (!rest.empty()) {
            const auto end = rest.find(';');
            auto pair = rest.substr(0, end);
            rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
            while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
            if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
                return pair.substr(name.size() + 1);
        }
    }
    return {};
}

} // namespace thalamus::http
