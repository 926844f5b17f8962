#pragma once
// Between the key keeper and the authenticators of a node. All stay within the process.

#include "auth/jwk.hpp"

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
/// The answer, behind the keys if there are others: more is not to be had now.
struct keys_looked_up {
    std::size_t source = 0;
};

} // namespace thalamus::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::authenticator_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::keys_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::keys_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::keys_looked_up)
