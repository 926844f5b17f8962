#include "policies/auth/principal.hpp"

#include "base/percent_escape.hpp"

#include <algorithm>

namespace thalamus::auth {

namespace {

using nlohmann::json;
using std::chrono::system_clock;

/// Appends a list of strings, or the words of one string.
void append_words(const json& claims, const char* name, std::vector<std::string>& words) {
    const auto found = claims.find(name);
    if (found == claims.end()) return;
    if (found->is_array()) {
        for (const auto& word : *found)
            if (word.is_string()) words.push_back(word.get<std::string>());
        return;
    }
    if (!found->is_string()) return;
    std::string_view rest = found->get_ref<const std::string&>();
    while (!rest.empty()) {
        const auto word = rest.substr(0, rest.find(' '));
        if (!word.empty()) words.emplace_back(word);
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
}

} // namespace

const json* find_claim(const json& claims, std::string_view name) {
    if (!claims.is_object()) return nullptr;
    if (const auto found = claims.find(name); found != claims.end()) return &*found;
    const auto* in = &claims;
    while (!name.empty()) {
        const bool quoted = name.front() == '"';
        if (quoted) name.remove_prefix(1);
        const auto end = std::min(name.find(quoted ? '"' : '.'), name.size());
        const auto step = name.substr(0, end);
        name.remove_prefix(std::min(name.size(), end + 1));
        if (quoted && name.starts_with('.')) name.remove_prefix(1);
        if (!in->is_object()) return nullptr;
        const auto found = in->find(step);
        if (found == in->end()) return nullptr;
        in = &*found;
    }
    return in == &claims ? nullptr : in;
}

bool append_claim_text(const json& value, std::string& out) {
    if (value.is_string()) out += value.get_ref<const std::string&>();
    else if (value.is_number() || value.is_boolean()) out += value.dump();
    else return false;
    return true;
}

bool principal::append_claim(std::string_view name, std::string& out) const {
    const auto* const value = find_claim(claims, name);
    return value && append_claim_text(*value, out);
}

std::string identity_lines_of(const principal& principal) {
    std::string out;
    const auto append = [&](std::string_view text, std::string_view encoded) {
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte > ' ' && byte < 0x7f && encoded.find(c) == encoded.npos) out += c;
            else base::append_escape(byte, out);
        }
    };
    if (!principal.name.empty()) {
        out += "X-Consumer-Id: ";
        append(principal.name, "%");
        out += "\r\n";
    }
    if (!principal.groups.empty()) {
        out += "X-Consumer-Groups: ";
        for (std::size_t i = 0; i < principal.groups.size(); ++i) {
            if (i > 0) out += ',';
            append(principal.groups[i], "%,");
        }
        out += "\r\n";
    }
    out.append("X-Auth-Method: ").append(principal.method).append("\r\n");
    return out;
}

principal principal_of_consumer(const config::consumer_settings& consumer,
                                std::string_view method) {
    principal made;
    made.name = made.id = made.consumer = consumer.name;
    made.method = method;
    made.groups = consumer.groups;
    made.identity_lines = identity_lines_of(made);
    return made;
}

principal principal_of_token(std::string_view auth_method, std::string_view method, json claims,
                             std::chrono::system_clock::time_point expires) {
    principal made;
    made.method = method;
    if (const auto sub = claims.find("sub"); sub != claims.end() && sub->is_string())
        made.name = made.subject = sub->get<std::string>();
    if (const auto jti = claims.find("jti"); jti != claims.end() && jti->is_string())
        made.token_id = jti->get<std::string>();
    if (const auto iat = claims.find("iat"); iat != claims.end() && iat->is_number())
        made.issued_at =
            system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(
                std::chrono::duration<double>(std::clamp(iat->get<double>(), 0.0, 9e9))));
    if (!made.name.empty()) made.id.append(auth_method).append("/").append(made.name);
    append_words(claims, "scope", made.scopes);
    append_words(claims, "scp", made.scopes);
    append_words(claims, "groups", made.groups);
    append_words(claims, "roles", made.groups);
    made.claims = std::move(claims);
    made.expires = expires;
    made.identity_lines = identity_lines_of(made);
    return made;
}

} // namespace thalamus::auth
