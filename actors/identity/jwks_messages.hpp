#pragma once
// Messages between the JWKS manager and the authenticators of a node. All stay within the process.

#include "policies/auth/jwk.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>

namespace thalamus::actors {

/// To the JWKS manager: subscribes to the current keys and every change. To the credential store:
/// asks for the message that revocations and API keys are loaded.
struct authenticator_started {
    caf::actor who;
};

/// To an authenticator: the keys that are valid now; null if there are none. `source` is an index
/// into auth::auth_methods::key_sources.
struct keys_now {
    std::size_t source = 0;
    std::shared_ptr<const auth::key_set> keys;
};

/// To the JWKS manager: a token needs a key that the authenticator does not have.
struct jwks_refresh {
    std::size_t source = 0;
    std::shared_ptr<const auth::key_set> known; ///< the keys that the authenticator has
    caf::actor who;
};
/// The reply. New keys, if any, arrive before it.
struct jwks_refreshed {
    enum class outcome : unsigned char {
        other_keys, ///< there are other keys: check the token again
        looked,     ///< the issuer has no other keys
        unreachable ///< the issuer could not be reached
    };
    std::size_t source = 0;
    outcome what = outcome::looked;
};

/// From an authenticator to itself: resume the next waiting requests.
struct resume_waiting {};

} // namespace thalamus::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::authenticator_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::keys_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::jwks_refresh)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::jwks_refreshed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::resume_waiting)
