#pragma once
// Expiring sets in Redis: each is a sorted set whose scores are the expiry times of its members, in
// milliseconds since the epoch by Redis' own clock, +inf for never. Each script needs one key. Each
// add() removes some expired members; the key itself expires with its last member.

#include "store/redis/redis_scripts.hpp"
#include "store/store.hpp"

#include <hiredis/hiredis.h>

namespace thalamus::store {

enum class set_call : unsigned char { add, remove, scan };

/// Any thread.
const redis_script& script_of(set_call call);

std::string set_key(std::string_view prefix, std::string_view set);

/// A score, rounded up; the largest number means never.
std::int64_t score_of(time_point expires);

/// The arguments of add and remove after the key. `score` is for add.
void add_arguments(redis_command& command, set_call call, std::string_view member,
                   std::int64_t score);

/// The arguments of scan after the key. Redis' cursors depend on the seed of a server's hash
/// function, and another connection may lead to another server: then the scan starts again.
void add_arguments(redis_command& command, std::string_view cursor, std::uint64_t connection);

/// The result of the script scan on that connection.
std::optional<set_page> page_of(const redisReply& reply, std::uint64_t connection);

} // namespace thalamus::store
