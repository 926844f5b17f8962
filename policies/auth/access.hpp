#pragma once
// What changes while the gateway runs of who may pass: keys that were made, and what was revoked. Kept
// current by the access keeper; any thread may look.

#include "policies/auth/issued_keys.hpp"
#include "policies/auth/revocations.hpp"

#include <atomic>

namespace thalamus::auth {

struct access {
    explicit access(const std::vector<config::consumer_settings>& consumers) : keys(consumers) {}
    /// What was revoked is known, as far as can be: before that nobody passes.
    std::atomic<bool> known{false};
    /// All that the store had is here: a key that is not known is none.
    std::atomic<bool> complete{false};
    issued_keys keys;
    revocations revoked;
};

} // namespace thalamus::auth
