#pragma once
// What rate limiters of a node say to each other and to the limit keeper. All stay within the process.
//
//   lend_request   to the limiter that owns a key: permits for another reactor
//   lend_answer    back
//   lend_return    to the owner: what was not used
//   limiter_started  to the keeper: it is to be told the standing
//   limiter_store  to the keeper: whether this reactor's store answers
//   standing_now   to every limiter: where permits come from
//   limiter_settled  to the keeper: this reactor owes the store nothing more

#include "policies/limits/limiter.hpp"
#include "policies/limits/standing.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>

namespace thalamus::actors {

struct lend_request {
    std::size_t rule = 0;
    std::string key;
    limits::demand what;
    limits::cell* of = nullptr; ///< the asker's: comes back with the answer
};
struct lend_answer {
    limits::cell* of = nullptr;
    limits::reply what;
};
struct lend_return {
    std::size_t rule = 0;
    std::string key;
    limits::lease::surplus what;
};
struct limiter_started {
    caf::actor who;
};
struct limiter_store {
    unsigned reactor = 0;
    bool available = false;
};
struct standing_now {
    limits::standing::decision what;
    std::uint64_t number = 0; ///< counts the decisions
};
struct limiter_settled {
    unsigned reactor = 0;
    std::uint64_t number = 0; ///< of the decision that asked for it
};

} // namespace thalamus::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::lend_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::lend_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::lend_return)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::limiter_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::limiter_store)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::standing_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::actors::limiter_settled)
