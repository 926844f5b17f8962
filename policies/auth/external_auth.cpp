#include "policies/auth/external_auth.hpp"

namespace thalamus::auth {

namespace {

external_auth_response unusable(unsigned status, std::string problem) {
    external_auth_response response;
    response.status = status;
    response.problem = std::move(problem);
    return response;
}

} // namespace

external_auth_response read_external_auth_response(const config::forward_settings& settings,
                                                   unsigned status,
                                                   const http::field_list& fields) {
    external_auth_response response;
    response.status = status;
    if (status >= 200 && status < 300) {
        response.result = external_auth_response::outcome::passed;
        for (const auto& name : settings.copy) {
            const auto before = response.copied.size();
            for (const auto& f : fields)
                if (http::iequals(f.name, name)) response.copied.emplace_back(name, f.value);
            // The target might use one value, and a log the other.
            if (response.copied.size() > before + 1)
                return unusable(status, "its response has " + name + " more than once");
        }
        return response;
    }
    if (status == 403) {
        response.result = external_auth_response::outcome::forbidden;
        return response;
    }
    for (const auto& f : fields)
        if (http::iequals(f.name, "set-cookie")) response.cookies.emplace_back(f.value);
    if (status == 401) {
        response.result = external_auth_response::outcome::refused;
        for (const auto& f : fields)
            if (http::iequals(f.name, "www-authenticate"))
                response.challenges.emplace_back(f.value);
        return response;
    }
    if (status == 302 || status == 303 || status == 307) {
        response.result = external_auth_response::outcome::elsewhere;
        response.location = http::find(fields, "location");
        if (response.location.empty()) return unusable(status, "it redirects without a Location");
        return response;
    }
    return unusable(status, "status " + std::to_string(status));
}

} // namespace thalamus::auth
