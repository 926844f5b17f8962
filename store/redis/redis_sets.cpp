#include "store/redis/redis_sets.hpp"

#include "store/redis/redis_reply.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace thalamus::store {

using std::chrono::milliseconds;

namespace {

constexpr std::int64_t never_expires = std::numeric_limits<std::int64_t>::max();

/// settle(): the key expires with its last member.
constexpr std::string_view common = R"lua(
if redis.replicate_commands then redis.replicate_commands() end
local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function number(score) return score == 'inf' and math.huge or tonumber(score) end
local function settle()
  local last = redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2]
  if last == 'inf' then
    redis.call('PERSIST', key)
  elseif last then
    redis.call('PEXPIREAT', key, string.format('%.0f', math.ceil(tonumber(last))))
  end
end
)lua";

/// ZREMRANGEBYSCORE has no limit, and would stop Redis until all members are removed. Expired
/// members are the first by rank.
constexpr std::string_view add_member = R"lua(
local member, expires, most, swept = ARGV[1], number(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local expired = redis.call('ZCOUNT', key, '-inf', string.format('%.0f', now))
if expired > 0 then redis.call('ZREMRANGEBYRANK', key, 0, math.min(expired, swept) - 1) end
if expires <= now then return 1 end
local known = redis.call('ZSCORE', key, member)
if not known and redis.call('ZCARD', key) >= most then
  return redis.error_reply('FULL the set has ' .. most .. ' members: some must expire first')
end
if not known or number(known) < expires then
  redis.call('ZADD', key, ARGV[2], member)
  settle()
end
return 1
)lua";

constexpr std::string_view remove_member = R"lua(
local removed = redis.call('ZREM', key, ARGV[1])
if removed > 0 then settle() end
return removed
)lua";

constexpr std::string_view scan_members = R"lua(
local page = redis.call('ZSCAN', key, ARGV[1], 'COUNT', ARGV[2])
local reply = {page[1]}
for i = 1, #page[2], 2 do
  local member, score = page[2][i], page[2][i + 1]
  if number(score) > now then
    reply[#reply + 1] = member
    reply[#reply + 1] = score
  end
end
return reply
)lua";

std::optional<time_point> time_of(std::string_view score) {
    double value = 0;
    if (!read_number(score, value)) return std::nullopt;
    constexpr auto latest =
        std::chrono::duration_cast<milliseconds>(never.time_since_epoch()).count();
    if (value >= static_cast<double>(latest)) return never;
    if (!(value >= 0)) return std::nullopt;
    return time_point(milliseconds(static_cast<std::int64_t>(value)));
}

} // namespace

const redis_script& script_of(set_call call) {
    static const std::array all{redis_script({common, add_member}),
                                redis_script({common, remove_member}),
                                redis_script({common, scan_members})};
    return all[static_cast<std::size_t>(call)];
}

std::string set_key(std::string_view prefix, std::string_view set) {
    return std::string(prefix).append("set:").append(set);
}

std::int64_t score_of(time_point expires) {
    if (expires == never) return never_expires;
    return std::chrono::ceil<milliseconds>(expires.time_since_epoch()).count();
}

void add_arguments(redis_command& command, set_call call, std::string_view member,
                   std::int64_t score) {
    command.add(member);
    if (call != set_call::add) return;
    if (score == never_expires) command.add("inf");
    else command.add(score);
    command.add(std::int64_t{expiring_sets::most_members}).add(std::int64_t{expiring_sets::swept});
}

void add_arguments(redis_command& command, std::string_view cursor, std::uint64_t connection) {
    // CONNECTION:CURSOR
    const auto colon = std::min(cursor.find(':'), cursor.size());
    const auto rest = cursor.substr(std::min(colon + 1, cursor.size()));
    std::uint64_t cursor_connection = 0, number = 0;
    const bool goes_on = read_number(cursor.substr(0, colon), cursor_connection) &&
                         cursor_connection == connection && read_number(rest, number);
    command.add(goes_on ? rest : "0").add(std::int64_t{expiring_sets::page_size});
}

std::optional<set_page> page_of(const redisReply& reply, std::uint64_t connection) {
    const auto* const first = element_of(reply, 0);
    const auto cursor = first ? string_of(*first) : std::nullopt;
    std::uint64_t number = 0;
    if (!cursor || !read_number(*cursor, number) || reply.elements % 2 == 0) return std::nullopt;
    set_page page;
    if (number != 0) page.next = std::to_string(connection).append(":").append(*cursor);
    page.members.reserve(reply.elements / 2);
    for (std::size_t i = 1; i < reply.elements; i += 2) {
        const auto member = string_of(*reply.element[i]), score = string_of(*reply.element[i + 1]);
        const auto expires = score ? time_of(*score) : std::nullopt;
        if (!member || !expires) return std::nullopt;
        page.members.push_back({std::string(*member), *expires});
    }
    return page;
}

} // namespace thalamus::store
