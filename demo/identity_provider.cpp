#include "demo/identity_provider.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace thalamus::demo {

namespace {

using nlohmann::json;

constexpr std::size_t most_generations = 4; ///< of keys, including the one that signs
constexpr std::int64_t longest_life = 366 * 24 * 3600;
constexpr auto realm = "realm=\"thalamus-demo-idp\"";

std::int64_t seconds_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string random_text(std::size_t bytes) {
    std::string random(bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1)
        throw std::runtime_error("no random numbers");
    return base64url(random);
}

reply invalid(std::string message) {
    return error_reply(400, "invalid_request", std::move(message));
}

/// The credentials in the Authorization field; nullopt if it is absent or has another scheme.
std::optional<std::string> credentials(const request& request, std::string_view scheme) {
    const auto field = request.header("Authorization");
    if (!field || field->size() <= scheme.size() || (*field)[scheme.size()] != ' ')
        return std::nullopt;
    const auto same = [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    };
    if (!std::equal(scheme.begin(), scheme.end(), field->begin(), same)) return std::nullopt;
    const auto begin = field->find_first_not_of(' ', scheme.size());
    return begin == std::string::npos ? std::string{} : field->substr(begin);
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string bytes(text.size() / 4 * 3, '\0');
    const auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    const auto padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0; // decoded as zeros
    bytes.resize(static_cast<std::size_t>(std::max(0, size - padding)));
    return bytes;
}

bool is_field_value(const std::string& text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c != 127; });
}

/// The error in the body of POST /token; empty if there is none.
std::string fault_of(const json& wish) {
    if (!wish.is_object()) return "the body must be a JSON object";
    for (const auto& [name, value] : wish.items()) {
        if (name == "sub" || name == "scope" || name == "alg") {
            if (!value.is_string()) return name + " must be a text";
        } else if (name == "aud") {
            if (!value.is_string() && !value.is_array()) return "aud must be a text or a list";
        } else if (name == "expires_in") {
            if (!value.is_number_integer() || value < -longest_life || value > longest_life)
                return "expires_in must be whole seconds, at most those of a year";
        } else if (name == "claims") {
            if (!value.is_object()) return "claims must be an object";
        } else if (name == "opaque") {
            if (!value.is_boolean()) return "opaque must be true or false";
        } else {
            return name + " is not known: sub, aud, scope, expires_in, alg, opaque are, and others "
                          "belong into claims";
        }
    }
    return {};
}

/// The claims of a new token, without those that the provider itself sets.
json wanted_claims(const json& wish) {
    auto claims = wish.value("claims", json::object());
    for (const auto* name : {"sub", "aud", "scope"})
        if (wish.contains(name)) claims[name] = wish[name];
    return claims;
}

/// A handler for a JSON object with one member of type T.
template <class T, class Call>
service::handler with_member(const char* name, const char* kind, Call call) {
    return [=](const request& request) {
        const auto body = json::parse(request.body, nullptr, false);
        const auto* value = body.is_object() && body.contains(name) ? &body[name] : nullptr;
        if (!value || !value->template get_ptr<const T*>())
            return invalid(std::string("the body must be {\"") + name + "\": " + kind + "}");
        return call(*value->template get_ptr<const T*>());
    };
}

} // namespace

identity_provider::identity_provider(identity_provider_settings settings)
    : service("identity-provider"),
      settings_(std::move(settings)),
      keys_{new_keys()},
      tokens_(settings_.most_tokens),
      requests_{{"/jwks.json", 0}, {"/token", 0}, {"/introspect", 0}, {"/check", 0}} {
    on("GET", "/healthz", [this](const request&) {
        return reply{.body = {{"status", "ok"}, {"service", name()}}};
    });
    on("GET", "/jwks.json", [this](const request&) { return published_keys(); });
    on("POST", "/token", [this](const request& request) { return token(request); });
    on("POST", "/introspect", [this](const request& request) { return introspect(request); });
    on("*", "/check", [this](const request& request) { return check(request); });
    on("POST", "/control/rotate",
       with_member<bool>("retire", "true|false", [this](bool retire) { return rotate(retire); }));
    on("POST", "/control/down", with_member<bool>("down", "true|false", [this](bool down) {
           down_ = down;
           return reply{.body = {{"down", down}}};
       }));
    on("POST", "/control/revoke",
       with_member<std::string>("token", "\"...\"", [this](const std::string& text) {
           return reply{.body = {{"revoked", tokens_.revoke(text)}}};
       }));
    on("GET", "/control/statistics", [this](const request&) { return statistics(); });
}

reply identity_provider::handle(request request) {
    const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (const auto counted = requests_.find(path); counted != requests_.end()) ++counted->second;
    if (down_ && !path.starts_with("/control/"))
        return error_reply(503, "unavailable", "down by /control/down");
    return service::handle(std::move(request));
}

identity_provider::generation identity_provider::new_keys() const {
    // Never the kid of an earlier key, not even of an earlier run: others may still have that key.
    generation made;
    for (const auto& algorithm : settings_.algorithms)
        made.emplace_back(algorithm, algorithm + "-" + random_text(6));
    return made;
}

reply identity_provider::published_keys() const {
    auto keys = json::array();
    for (const auto& generation : keys_)
        for (const auto& key : generation) keys.push_back(key.jwk());
    return {.body = {{"keys", keys}},
            .headers = {{"Cache-Control", "max-age=" + std::to_string(settings_.max_age.count())}}};
}

reply identity_provider::token(const request& request) {
    const auto wish = json::parse(request.body, nullptr, false);
    if (auto fault = fault_of(wish); !fault.empty()) return invalid(std::move(fault));
    const auto& signing = keys_.front();
    const auto algorithm = wish.value("alg", signing.front().algorithm());
    const auto key = std::ranges::find(signing, algorithm, &signing_key::algorithm);
    if (key == signing.end()) return invalid("there is no key for alg " + algorithm);

    auto claims = wanted_claims(wish);
    const auto sub = claims.value("sub", json(""));
    if (!sub.is_string() || !is_field_value(sub.get_ref<const std::string&>()))
        return invalid("sub must be a text without control characters");
    const auto now = seconds_now(), life = wish.value("expires_in", std::int64_t{600});
    claims.update(
        {{"iss", settings_.issuer}, {"iat", now}, {"exp", now + life}, {"jti", random_text(12)}});
    const bool opaque = wish.value("opaque", false);
    auto text = opaque ? random_text(32) : key->token(claims);
    tokens_.add(text, std::move(claims), opaque ? std::string{} : key->kid(), now);
    return {
        .body = {{"access_token", std::move(text)}, {"token_type", "Bearer"}, {"expires_in", life}},
        .headers = {{"Cache-Control", "no-store"}}};
}

bool identity_provider::is_client(const request& request) const {
    const auto given = credentials(request, "Basic");
    const auto pair = given ? decode_base64(*given) : std::nullopt;
    const auto colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos) return false;
    // RFC 6749 section 2.3.1: both are form-encoded inside the Basic credentials.
    return decode_form(pair->substr(0, colon)) == settings_.client_id &&
           decode_form(pair->substr(colon + 1)) == settings_.client_secret;
}

reply identity_provider::introspect(const request& request) const {
    if (!is_client(request)) {
        auto refused = error_reply(401, "invalid_client", "HTTP Basic with id and secret, please");
        refused.headers.emplace_back("WWW-Authenticate", std::string("Basic ") + realm);
        return refused;
    }
    if (!request.header("Content-Type")
             .value_or("")
             .starts_with("application/x-www-form-urlencoded"))
        return invalid("the body must be application/x-www-form-urlencoded");
    const auto form = parse_form(request.body);
    if (!form || !form->contains("token")) return invalid("the body must hold token=...");
    reply response{.headers = {{"Cache-Control", "no-store"}}};
    const auto* claims = tokens_.find(form->at("token"), seconds_now());
    if (claims) response.body = *claims;
    response.body["active"] = claims != nullptr;
    return response;
}

reply identity_provider::check(const request& request) const {
    const auto text = credentials(request, "Bearer");
    const auto* claims = text ? tokens_.find(*text, seconds_now()) : nullptr;
    if (!claims) {
        auto refused = error_reply(401, "unauthorized", "a live token of this provider, please");
        refused.headers.emplace_back("WWW-Authenticate",
                                     std::string("Bearer ") + realm +
                                         (text ? ", error=\"invalid_token\"" : ""));
        return refused;
    }
    if (claims->value("denied", json()) == true)
        return error_reply(403, "forbidden", "the token says so itself");
    const auto sub = claims->value("sub", "");
    reply response{.body = {{"sub", sub}}};
    if (!sub.empty()) response.headers.emplace_back("X-User-Id", sub);
    return response;
}

reply identity_provider::rotate(bool retire) {
    if (retire) keys_.clear();
    keys_.push_front(new_keys());
    if (keys_.size() > most_generations) keys_.pop_back();
    std::set<std::string> kids;
    for (const auto& generation : keys_)
        for (const auto& key : generation) kids.insert(key.kid());
    tokens_.keep_signed_by(kids);
    return published_keys();
}

reply identity_provider::statistics() const {
    return {.body = {{"jwks", requests_.at("/jwks.json")},
                     {"token", requests_.at("/token")},
                     {"introspect", requests_.at("/introspect")},
                     {"check", requests_.at("/check")},
                     {"tokens_kept", tokens_.size()}}};
}

} // namespace thalamus::demo
