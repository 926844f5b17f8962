#pragma once
// What is said first on a connection to a Redis server, and what its replies must be. All of it is
// sent at once. Pure.

#include "config/snapshot.hpp"
#include "store/redis/redis_command.hpp"
#include "store/redis/redis_reply.hpp"

#include <string>

namespace thalamus::store {

enum class handshake_step : unsigned char {
    authenticate,
    select_database,
    ask_role, ///< only a primary will do
    probe     ///< a script that writes: the server must be able to, and allow it
};

/// Whether the step is needed with these settings.
bool is_needed(handshake_step step, const config::redis_settings& settings);

void add_words(redis_command& to, handshake_step step, const config::redis_settings& settings,
               std::string_view probe_key);

struct objection {
    std::string text;       ///< empty: none
    bool permanent = false; ///< someone has to change the configuration: worth an error line
};
objection object_to(handshake_step step, const redisReply& reply);

/// For commands later on: what to do about a permission that is missing.
std::string permission_advice(std::string_view error);

} // namespace thalamus::store
