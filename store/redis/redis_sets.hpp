#pragma once
// Expiring sets as Redis keeps them: a sorted set each, whose scores are when the members expire, in
// milliseconds since the epoch by Redis' own clock, +inf for never. The scripts need one key each.
// Each add() removes some of the expired; the key itself expires with the last of its members.

#include "store/redis/redis_scripts.hpp"
#include "store/store.hpp"

#include <hiredis/hiredis.h>

namespace thalamus::store {

enum class set_call : unsigned char { add, remove, scan };

/// Any thread.
const redis_script& script_of(set_call what);

std::string set_key(std::string_view prefix, std::string_view set);

/// A score, rounded up; the largest number stands for never.
std::int64_t score_of(time_point expires);

/// The arguments after the key, of add and remove. `score` is of add.
void add_arguments(redis_command& to, set_call what, std::string_view member, std::int64_t score);

/// The arguments after the key, of scan. Redis' cursors go by the seed of a server's hash function, so
/// one that came on another connection may be another server's: then the scan begins anew.
void add_arguments(redis_command& to, std::string_view cursor, std::uint64_t connection);

/// What the script scan returns, on that connection.
std::optional<set_page> page_of(const redisReply& reply, std::uint64_t connection);

} // namespace thalamus::store
