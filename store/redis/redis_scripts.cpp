#include "store/redis/redis_scripts.hpp"

#include "base/digest.hpp"
#include "base/hex.hpp"

#include <openssl/evp.h>

#include <array>

namespace thalamus::store {

using config::limit_algorithm;

namespace {

/// `now`, and reading and writing the entry. redis.replicate_commands() because before Redis 5 a
/// script that reads the time may not write otherwise.
constexpr std::string_view common = R"lua(
if redis.replicate_commands then redis.replicate_commands() end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local floor, min, max = math.floor, math.min, math.max
local function divide_up(a, b) return floor((a + b - 1) / b) end
local A = {}
for i, text in ipairs(ARGV) do A[i] = tonumber(text) end
local largest = 9007199254740992
-- This script never writes a time so far ahead, unless the clock has gone back for good.
local latest = now + 3600000000
local function stored(pattern)
  local text = redis.pcall('GET', KEYS[1])
  if type(text) ~= 'string' or #text > 100 then return end
  local a, b, c, d = string.match(text, pattern)
  a, b, c, d = tonumber(a or ''), tonumber(b or ''), tonumber(c or ''), tonumber(d or '1')
  if a and b and c and d and max(a, b, c, d) <= largest then return a, b, c, d end
end
local function keep(text, forget)
  local life = max(0, math.ceil((forget - now) / 1000)) + 1000
  local reply = redis.pcall('SET', KEYS[1], text, 'PX', string.format('%.0f', life))
  if type(reply) == 'table' and reply.err then return reply end
end
)lua";

constexpr std::string_view bucket = R"lua(
local burst, cost, refill, life = A[3], A[4], A[5], A[6]
local most = burst * cost
local at, debt, unit = stored('^b (%d+) (%d+) (%d+)$')
local known = at and at <= latest and unit > 0
if known then
  if unit ~= cost then debt = math.ceil(debt / unit * cost) end
  debt = min(debt, most)
else
  at, debt = 0, 0
end
local elapsed = max(0, now - at)
if elapsed > floor(debt / refill) then debt = 0 else debt = debt - elapsed * refill end
at = max(at, now)
local function write()
  return keep(string.format('b %.0f %.0f %.0f', at, debt, cost), at + divide_up(debt, refill))
end
)lua";

constexpr std::string_view bucket_take = R"lua(
local need, extra = A[1], A[2]
local granted = max(0, min(need, floor((most - debt) / cost)))
debt = debt + granted * cost
if granted == need and extra > 0 and life > 0 then
  local held = max(debt, life * refill)
  local more = max(0, min(extra, floor((most - held) / cost)))
  if more > 0 then
    debt = held + more * cost
    granted = granted + more
  end
end
local remaining = floor((most - debt) / cost)
local retry = 0
if remaining <= 0 then retry = divide_up(debt + cost - most, refill) end
local failed = granted > 0 and write()
return failed or {granted, life, remaining, divide_up(debt, refill), retry, now + life}
)lua";

constexpr std::string_view bucket_give_back = R"lua(
if not known then return 0 end
local passed, lent = max(0, now - A[2]), A[1] * cost
local owed = passed > floor(lent / refill) and 0 or lent - passed * refill
debt = debt - min(owed, debt)
return write() or 1
)lua";

constexpr std::string_view bucket_charge = R"lua(
debt = min(debt + A[1] * cost, most)
return write() or 1
)lua";

constexpr std::string_view window = R"lua(
local count, period, life, sliding = A[3], A[4], A[5], A[6] == 1
local at, current, previous, unit = stored('^w (%d+) (%d+) (%d+) (%d+)$')
local known = at and unit > 0 and at * unit <= latest
if not known then
  at, current, previous = 0, 0, 0
elseif unit ~= period then
  if now >= (at + 1) * unit then current = 0 end
  at, previous = floor(now / period), 0
end
local present = floor(now / period)
if present > at then
  previous = sliding and present == at + 1 and current or 0
  current, at = 0, present
end
local function write()
  local text = string.format('w %.0f %.0f %.0f %.0f', at, current, previous, period)
  return keep(text, (at + (sliding and 2 or 1)) * period)
end
)lua";

constexpr std::string_view window_take = R"lua(
local need, extra = A[1], A[2]
local passed = max(0, min(period, now - at * period))
local used = current
if sliding then
  local share = previous * (period - passed)
  if share > largest then share = share * (1 + 2 ^ -50) end -- rounded: never in the client's favour
  used = current + divide_up(share, period)
end
local left = max(0, count - used)
local granted = min(need, left)
if granted == need and life > 0 then
  local rest = left - granted
  granted = granted + min(extra, previous > 0 and rest or floor(rest / 4))
end
current = current + granted
local remaining, retry = left - granted, 0
if remaining == 0 then
  local function after(before, room)
    return before <= room and 0 or period - floor(room * period / before)
  end
  local free = period
  if sliding then
    local room = count - 1 - current
    free = room >= 0 and after(previous, room) or period + after(current, count - 1)
  end
  retry = max(1, free - passed)
end
local reset = period - passed + (sliding and current > 0 and period or 0)
local failed = granted > 0 and write()
return failed or {granted, min(life, period - passed), remaining, reset, retry, (at + 1) * period}
)lua";

constexpr std::string_view window_give_back = R"lua(
if not known or at + 1 ~= floor(A[2] / period) then return 0 end
current = max(0, current - A[1])
return write() or 1
)lua";

constexpr std::string_view window_charge = R"lua(
local charged = floor((now - A[2]) / period)
if charged == at then
  current = current + A[1]
elseif charged + 1 == at then
  previous = previous + A[1]
else
  return 0
end
return write() or 1
)lua";

std::string hex_digest(const EVP_MD* algorithm, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, algorithm, nullptr) != 1)
        size = 0;
    std::string hex;
    base::append_hex(std::span(bytes).first(size), hex);
    return hex;
}

char letter_of(limit_algorithm algorithm) {
    switch (algorithm) {
    case limit_algorithm::token_bucket: return 't';
    case limit_algorithm::fixed_window: return 'f';
    case limit_algorithm::sliding_window: return 's';
    }
    return '?';
}

} // namespace

redis_script::redis_script(std::initializer_list<std::string_view> parts) {
    for (const auto part : parts) source.append(part);
    sha1 = hex_digest(EVP_sha1(), source);
}

const std::string_view probe_script =
    "if redis.replicate_commands then redis.replicate_commands() end "
    "return redis.call('SET', KEYS[1], redis.call('TIME')[1], 'PX', 10000)";

const redis_script& script_of(ledger_call call, const limits::rule& rule) {
    static const std::array buckets{redis_script({common, bucket, bucket_take}),
                                    redis_script({common, bucket, bucket_give_back}),
                                    redis_script({common, bucket, bucket_charge})};
    static const std::array windows{redis_script({common, window, window_take}),
                                    redis_script({common, window, window_give_back}),
                                    redis_script({common, window, window_charge})};
    const auto& all = rule.algorithm == limit_algorithm::token_bucket ? buckets : windows;
    return all[static_cast<std::size_t>(call)];
}

void add_arguments(redis_command& command, const limits::rule& rule, std::int64_t a,
                   std::int64_t b) {
    command.add(a).add(b);
    if (rule.algorithm == limit_algorithm::token_bucket)
        command.add(rule.burst).add(rule.cost).add(rule.refill).add(rule.lease_life.count());
    else
        command.add(rule.count)
            .add(rule.period.count())
            .add(rule.lease_life.count())
            .add(std::int64_t{rule.algorithm == limit_algorithm::sliding_window});
}

std::string ledger_key(std::string_view prefix, const limits::rule& rule, std::string_view key) {
    constexpr std::size_t longest = 128;
    // '#' marks a hash, so that a client cannot produce the hash of another key by hand.
    const bool hashed = key.size() > longest || key.starts_with('#');
    std::string text;
    text.reserve(prefix.size() + rule.name.size() + (hashed ? 65 : key.size()) + 11);
    text.append(prefix).append("limit:").append(1, letter_of(rule.algorithm)).append(":{");
    text.append(rule.name).append(":");
    if (hashed) text.append("#").append(hex_digest(EVP_sha256(), key));
    else text.append(key);
    return text.append("}");
}

} // namespace thalamus::store
