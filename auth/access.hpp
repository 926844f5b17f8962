#pragma once
// What changes while the gateway runs of who may pass: keys that were made, and what was revoked. Kept
// current by the access keeper; any thread may look.

#include "auth/issued_keys.hpp"
#include "auth/revocations.hpp"

namespace thalamus::auth {

struct access {
    explicit access(const std::vector<config::consumer_settings>& consumers) : keys(consumers) {}
    issued_keys keys;
    revocations revoked;
};

} // namespace thalamus::auth
