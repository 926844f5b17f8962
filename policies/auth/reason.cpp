#include "policies/auth/reason.hpp"

namespace thalamus::auth {

namespace {

constexpr auto count = static_cast<std::size_t>(reason::count);

struct description {
    reason id;
    std::string_view name, text;
};

constexpr std::array<description, count> descriptions{{
    {reason::none, "none", ""},
    {reason::no_credential, "no_credential", "no credential"},
    {reason::repeated_credential, "repeated_credential",
     "the credential is present more than once"},
    {reason::revoked, "revoked", "the credential was revoked"},
    {reason::token_malformed, "token_malformed", "the token is malformed"},
    {reason::token_algorithm, "token_algorithm", "the token's algorithm is not allowed"},
    {reason::token_own_key, "token_own_key", "the token names its own key"},
    {reason::token_critical, "token_critical", "the token has an unsupported critical header"},
    {reason::token_unknown_key, "token_unknown_key", "the token's key is unknown"},
    {reason::token_signature, "token_signature", "the token's signature is invalid"},
    {reason::token_issuer, "token_issuer", "the token is from another issuer"},
    {reason::token_audience, "token_audience", "the token is for another audience"},
    {reason::token_expired, "token_expired", "the token has expired"},
    {reason::token_not_yet, "token_not_yet", "the token is not valid yet"},
    {reason::token_claims, "token_claims", "a claim is missing or malformed"},
    {reason::token_inactive, "token_inactive", "the token is not active"},
    {reason::api_key_unknown, "api_key_unknown", "the API key is unknown"},
    {reason::basic_malformed, "basic_malformed", "the Basic credentials are malformed"},
    {reason::wrong_password, "wrong_password", "user or password is wrong"},
    {reason::service_refuses, "service_refuses", "the external service rejected the request"},
    {reason::service_forbids, "service_forbids", "the external service forbade the request"},
    {reason::lacks_address, "lacks_address", "the client's address is not allowed"},
    {reason::lacks_scope, "lacks_scope", "a required scope is missing"},
    {reason::lacks_group, "lacks_group", "the client is not in a required group"},
    {reason::lacks_claim, "lacks_claim", "a claim does not have a required value"},
    {reason::no_keys, "no_keys", "the issuer's keys are unavailable"},
    {reason::no_store, "no_store", "the store, which may contain the API key, is unavailable"},
    {reason::no_issuer, "no_issuer", "the token's issuer is unavailable"},
    {reason::no_service, "no_service", "the external service is unavailable"},
    {reason::not_askable, "not_askable", "no lookup is possible for this request"},
    {reason::too_many_passwords, "too_many_passwords", "too many password checks are waiting"},
    {reason::password_unchecked, "password_unchecked", "the password could not be checked"},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < count; ++i)
        if (static_cast<std::size_t>(descriptions[i].id) != i) return false;
    return true;
}
static_assert(in_order());

constexpr auto names = [] {
    std::array<std::string_view, count> all{};
    for (std::size_t i = 0; i < count; ++i) all[i] = descriptions[i].name;
    return all;
}();

} // namespace

std::string_view to_text(reason reason) {
    return descriptions[static_cast<std::size_t>(reason)].text;
}

std::span<const std::string_view> reason_names() { return names; }

} // namespace thalamus::auth
