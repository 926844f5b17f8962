#include "policies/auth/reason.hpp"

namespace thalamus::auth {

namespace {

constexpr auto count = static_cast<std::size_t>(reason::count);

struct description {
    reason what;
    std::string_view name, text;
};

constexpr std::array<description, count> descriptions{{
    {reason::none, "none", ""},
    {reason::no_credential, "no_credential", "no credential"},
    {reason::repeated_credential, "repeated_credential", "the credential is there more than once"},
    {reason::revoked, "revoked", "it was revoked"},
    {reason::token_malformed, "token_malformed", "it is no token"},
    {reason::token_algorithm, "token_algorithm", "its algorithm is not allowed"},
    {reason::token_own_key, "token_own_key", "it names its own key"},
    {reason::token_critical, "token_critical", "it has a critical header that is not understood"},
    {reason::token_unknown_key, "token_unknown_key", "its key is not known"},
    {reason::token_signature, "token_signature", "its signature is wrong"},
    {reason::token_issuer, "token_issuer", "its issuer is another"},
    {reason::token_audience, "token_audience", "it is for another audience"},
    {reason::token_expired, "token_expired", "it has expired"},
    {reason::token_not_yet, "token_not_yet", "it is not valid yet"},
    {reason::token_claims, "token_claims", "a claim is missing or malformed"},
    {reason::token_inactive, "token_inactive", "the token is not active"},
    {reason::api_key_unknown, "api_key_unknown", "the API key is not known"},
    {reason::basic_malformed, "basic_malformed", "it is no user with a password"},
    {reason::wrong_password, "wrong_password", "user or password is wrong"},
    {reason::service_refuses, "service_refuses", "a service outside refuses it"},
    {reason::service_forbids, "service_forbids", "a service outside forbids it"},
    {reason::lacks_address, "lacks_address", "the client's address may not"},
    {reason::lacks_scope, "lacks_scope", "a scope is missing"},
    {reason::lacks_group, "lacks_group", "not in a group that may"},
    {reason::lacks_claim, "lacks_claim", "a claim is not as required"},
    {reason::no_keys, "no_keys", "the issuer cannot be asked for its keys"},
    {reason::no_store, "no_store", "the store, which may hold the API key, has not answered"},
    {reason::no_issuer, "no_issuer", "the issuer of the token could not be asked"},
    {reason::no_service, "no_service", "the service that decides could not be asked"},
    {reason::not_askable, "not_askable", "it cannot be asked about"},
    {reason::too_many_passwords, "too_many_passwords", "too many passwords are checked"},
    {reason::password_unchecked, "password_unchecked", "the password could not be checked"},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < count; ++i)
        if (static_cast<std::size_t>(descriptions[i].what) != i) return false;
    return true;
}
static_assert(in_order());

constexpr auto names = [] {
    std::array<std::string_view, count> all{};
    for (std::size_t i = 0; i < count; ++i) all[i] = descriptions[i].name;
    return all;
}();

} // namespace

std::string_view to_text(reason why) { return descriptions[static_cast<std::size_t>(why)].text; }

std::span<const std::string_view> reason_names() { return names; }

} // namespace thalamus::auth
