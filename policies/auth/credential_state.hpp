#pragma once
// The credential state that changes at run time: API keys that were created, and revocations. Kept
// current by the credential store; any thread may read it.

#include "policies/auth/issued_keys.hpp"
#include "policies/auth/revocations.hpp"

#include <atomic>

namespace thalamus::auth {

struct credential_state {
    explicit credential_state(const std::vector<config::consumer_settings>& consumers)
        : keys(consumers) {}
    /// Set once revocations are loaded, as far as possible; no request passes before that.
    std::atomic<bool> known{false};
    /// Set once everything in the store is loaded; from then on an unknown key is invalid.
    std::atomic<bool> complete{false};
    issued_keys keys;
    revocations revoked;
};

} // namespace thalamus::auth
