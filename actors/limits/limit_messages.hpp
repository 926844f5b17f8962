#pragma once
// Messages between the rate limiters of a node, and between them and the limit mode coordinator.
// All stay within the process.
//
//   delegate_request    to the limiter that owns a key: permits for another reactor
//   delegated_permits   the reply
//   returned_permits    to the owner: unused permits
//   limiter_started     to the coordinator: subscribes to mode changes
//   limiter_store       to the coordinator: whether this reactor's store answers
//   limit_mode_changed  to every limiter: where permits come from
//   limiter_reconciled  to the coordinator: this reactor has charged all its debt to the store

#include "policies/limits/limit_mode.hpp"
#include "policies/limits/limiter.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>

namespace thalamus::actors {

struct delegate_request {
    std::size_t rule = 0;
    std::string key;
    limits::demand what;
    limits::key_state* of = nullptr; ///< the requester's key state, returned with the reply
};
struct delegated_permits {
    limits::key_state* of = nullptr;
    limits::reply what;
};
struct returned_permits {
    std::size_t rule = 0;
    std::string key;
    limits::lease::surplus what;
};
struct limiter_started {
    unsigned reactor = 0;
    caf::actor actor;
};
struct limiter_store {
    unsigned reactor = 0;
    bool available = false;
};
struct limit_mode_changed {
    limits::limit_mode::decision what;
    std::uint64_t number = 0; ///< counts the decisions
};
struct limiter_reconciled {
    unsigned reactor = 0;
    std::uint64_t number = 0; ///< of the decision that required it
};

} // namespace thalamus::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::delegate_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::delegated_permits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::returned_permits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::limiter_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::limiter_store)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::limit_mode_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::limiter_reconciled)
