#pragma once
// The first commands on a connection to a Redis server, and the replies that they require. All are
// sent at once. Pure.

#include "config/store_settings.hpp"
#include "store/redis/redis_command.hpp"
#include "store/redis/redis_reply.hpp"

#include <string>

namespace thalamus::store {

enum class handshake_step : unsigned char {
    authenticate,
    select_database,
    ask_role, ///< the server must be a primary
    probe     ///< a script that writes: the server must be able to run it, and allow it
};

/// Whether the step is needed with these settings.
bool is_needed(handshake_step step, const config::redis_settings& settings);

void add_words(redis_command& command, handshake_step step, const config::redis_settings& settings,
               std::string_view probe_key);

struct objection {
    std::string text;       ///< empty: no objection
    bool permanent = false; ///< the configuration must be changed: deserves an error in the log
};
objection object_to(handshake_step step, const redisReply& reply);

/// For later commands: what to do about a missing permission.
std::string permission_advice(std::string_view error);

} // namespace thalamus::store
