#pragma once
// Between the key keeper and the authenticators of a node. All stay within the process.

#include "policies/auth/jwk.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>

namespace thalamus::actors {

/// To the keeper: tell me what keys there are, now and whenever they change.
struct authenticator_started {
    caf::actor who;
};

/// To an authenticator: these count now; null: none do. `source` is an index into auth::ways::key_sources.
struct keys_now {
    std::size_t source = 0;
    std::shared_ptr<const auth::key_set> keys;
};

/// To the keeper: there is a token whose key I do not know, or I have none at all.
struct keys_wanted {
    std::size_t source = 0;
    std::shared_ptr<const auth::key_set> known; ///< what I have
    caf::actor who;
};
/// The answer, behind the keys if there are others.
struct keys_looked_up {
    enum class outcome : unsigned char {
        other_keys, ///< look at the token again
        looked,     ///< the issuer has no others
        unreachable ///< the issuer could not be asked
    };
    std::size_t source = 0;
    outcome what = outcome::looked;
};

/// Of an authenticator to itself: go on with those whose turn it is.
struct resume_waiting {};

} // namespace thalamus::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::authenticator_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::keys_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::keys_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::keys_looked_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::resume_waiting)
