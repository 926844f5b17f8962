#include "policies/auth/outside.hpp"

namespace thalamus::auth {

namespace {

outside_answer unusable(unsigned status, std::string problem) {
    outside_answer answer;
    answer.status = status;
    answer.problem = std::move(problem);
    return answer;
}

} // namespace

outside_answer read_outside_answer(const config::forward_settings& of, unsigned status,
                                   const http::field_list& fields) {
    outside_answer answer;
    answer.status = status;
    if (status >= 200 && status < 300) {
        answer.what = outside_answer::outcome::passed;
        for (const auto& name : of.copy) {
            const auto before = answer.copied.size();
            for (const auto& f : fields)
                if (http::iequals(f.name, name)) answer.copied.emplace_back(name, f.value);
            // The target might believe the one, and a log the other.
            if (answer.copied.size() > before + 1)
                return unusable(status, "its answer has " + name + " more than once");
        }
        return answer;
    }
    if (status == 403) {
        answer.what = outside_answer::outcome::forbidden;
        return answer;
    }
    for (const auto& f : fields)
        if (http::iequals(f.name, "set-cookie")) answer.cookies.emplace_back(f.value);
    if (status == 401) {
        answer.what = outside_answer::outcome::refused;
        for (const auto& f : fields)
            if (http::iequals(f.name, "www-authenticate")) answer.challenges.emplace_back(f.value);
        return answer;
    }
    if (status == 302 || status == 303 || status == 307) {
        answer.what = outside_answer::outcome::elsewhere;
        answer.location = http::find(fields, "location");
        if (answer.location.empty())
            return unusable(status, "it redirects, and does not say where");
        return answer;
    }
    return unusable(status, "status " + std::to_string(status));
}

} // namespace thalamus::auth
