#include "policies/auth/principal.hpp"

#include "base/percent_escape.hpp"

#include <algorithm>

namespace thalamus::auth {

namespace {

using nlohmann::json;
using std::chrono::system_clock;

/// Appends a list of strings, or the words of one string.
void append_words(const json& claims, const char* name, std::vector<std::string>& to) {
    const auto at = claims.find(name);
    if (at == claims.end()) return;
    if (at->is_array()) {
        for (const auto& each : *at)
            if (each.is_string()) to.push_back(each.get<std::string>());
        return;
    }
    if (!at->is_string()) return;
    std::string_view rest = at->get_ref<const std::string&>();
    while (!rest.empty()) {
        const auto word = rest.substr(0, rest.find(' '));
        if (!word.empty()) to.emplace_back(word);
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
}

} // namespace

const json* find_claim(const json& claims, std::string_view name) {
    if (!claims.is_object()) return nullptr;
    if (const auto at = claims.find(name); at != claims.end()) return &*at;
    const auto* in = &claims;
    while (!name.empty()) {
        const bool quoted = name.front() == '"';
        if (quoted) name.remove_prefix(1);
        const auto end = std::min(name.find(quoted ? '"' : '.'), name.size());
        const auto step = name.substr(0, end);
        name.remove_prefix(std::min(name.size(), end + 1));
        if (quoted && name.starts_with('.')) name.remove_prefix(1);
        if (!in->is_object()) return nullptr;
        const auto at = in->find(step);
        if (at == in->end()) return nullptr;
        in = &*at;
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

std::string identity_lines_of(const principal& who) {
    std::string out;
    const auto append = [&](std::string_view text, std::string_view encoded) {
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte > ' ' && byte < 0x7f && encoded.find(c) == encoded.npos) out += c;
            else base::append_escape(byte, out);
        }
    };
    if (!who.name.empty()) {
        out += "X-Consumer-Id: ";
        append(who.name, "%");
        out += "\r\n";
    }
    if (!who.groups.empty()) {
        out += "X-Consumer-Groups: ";
        for (std::size_t i = 0; i < who.groups.size(); ++i) {
            if (i > 0) out += ',';
            append(who.groups[i], "%,");
        }
        out += "\r\n";
    }
    out.append("X-Auth-Method: ").append(who.method).append("\r\n");
    return out;
}

principal principal_of_consumer(const config::consumer_settings& consumer,
                                std::string_view method) {
    principal who;
    who.name = who.id = who.consumer = consumer.name;
    who.method = method;
    who.groups = consumer.groups;
    who.identity_lines = identity_lines_of(who);
    return who;
}

principal principal_of_token(std::string_view auth_method, std::string_view method, json claims,
                             std::chrono::system_clock::time_point expires) {
    principal who;
    who.method = method;
    if (const auto sub = claims.find("sub"); sub != claims.end() && sub->is_string())
        who.name = who.subject = sub->get<std::string>();
    if (const auto jti = claims.find("jti"); jti != claims.end() && jti->is_string())
        who.token_id = jti->get<std::string>();
    if (const auto iat = claims.find("iat"); iat != claims.end() && iat->is_number())
        who.issued_at = system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(
            std::chrono::duration<double>(std::clamp(iat->get<double>(), 0.0, 9e9))));
    if (!who.name.empty()) who.id.append(auth_method).append("/").append(who.name);
    append_words(claims, "scope", who.scopes);
    append_words(claims, "scp", who.scopes);
    append_words(claims, "groups", who.groups);
    append_words(claims, "roles", who.groups);
    who.claims = std::move(claims);
    who.expires = expires;
    who.identity_lines = identity_lines_of(who);
    return who;
}

} // namespace thalamus::auth
