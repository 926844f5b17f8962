#include "policies/auth/introspection.hpp"

#include "base/base64.hpp"
#include "base/json_object.hpp"
#include "http/percent.hpp"

namespace thalamus::auth {

namespace {

introspection unusable(std::string problem) {
    return {introspection::outcome::unusable, {}, std::move(problem)};
}

} // namespace

std::string introspection_form(std::string_view token) {
    std::string form = "token=";
    http::append_encoded(token, form);
    return form + "&token_type_hint=access_token";
}

std::string client_authorization(std::string_view client_id, std::string_view client_secret) {
    std::string pair;
    http::append_encoded(client_id, pair);
    pair += ':';
    http::append_encoded(client_secret, pair);
    return "Basic " + base::encode_base64(pair);
}

introspection read_introspection(unsigned status, std::string_view body,
                                 std::chrono::system_clock::time_point now) {
    if (status == 401)
        return unusable("status 401: it does not accept client_id and client_secret");
    if (status != 200) return unusable("status " + std::to_string(status));
    auto claims = base::parse_object(body);
    if (!claims) return unusable("its response is not a JSON object");
    const auto active = claims->find("active");
    if (active == claims->end() || !active->is_boolean())
        return unusable("its response has no boolean `active`");
    if (!active->get<bool>()) return {introspection::outcome::inactive, {}, {}};
    const auto life = lifetime_of(*claims, introspection_leeway, false, now);
    if (const auto* problem = std::get_if<token_problem>(&life)) {
        if (*problem == token_problem::claims) return unusable("its exp, nbf or iat is not a date");
        return {introspection::outcome::inactive, {}, {}};
    }
    auto expires = std::get<std::chrono::system_clock::time_point>(life);
    if (expires != expires.max()) expires -= introspection_leeway;
    return {introspection::outcome::active, {std::move(*claims), expires}, {}};
}

} // namespace thalamus::auth
