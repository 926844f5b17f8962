#pragma once
// Why a request is rejected: as text for the client and the log, as a short name for metrics.
// Values.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace thalamus::auth {

enum class reason : unsigned char {
    none, ///< not rejected
    no_credential,
    repeated_credential,
    revoked,
    token_malformed,
    token_algorithm,
    token_own_key,
    token_critical,
    token_unknown_key,
    token_signature,
    token_issuer,
    token_audience,
    token_expired,
    token_not_yet,
    token_claims,
    token_inactive,
    api_key_unknown,
    basic_malformed,
    wrong_password, ///< or the user is unknown
    service_refuses,
    service_forbids,
    lacks_address,
    lacks_scope,
    lacks_group,
    lacks_claim,
    no_keys,
    no_store,
    no_issuer,
    no_service,
    not_askable,
    too_many_passwords,
    password_unchecked,
    count
};

std::string_view to_text(reason reason);
/// Names for metrics, indexed by the reason's number.
std::span<const std::string_view> reason_names();

} // namespace thalamus::auth
