#pragma once
// The ledger of policies/limits/ledger.hpp in Lua, as Redis runs it: one key per call, Redis' own
// clock, the key's lifetime set in the same script. Numbers are doubles, but exact, because a
// rule's full bucket costs at most 2^52.
//
// An entry is text: "b AT DEBT COST" or "w AT CURRENT PREVIOUS PERIOD"; the last number is its unit
// (policies/limits/rule_change.hpp). Any other text counts as absent, and is overwritten.

#include "policies/limits/rule.hpp"
#include "store/redis/redis_command.hpp"

#include <string>
#include <string_view>

namespace thalamus::store {

struct redis_script {
    explicit redis_script(std::initializer_list<std::string_view> parts);
    std::string source, sha1; ///< sha1 is in hex, as for EVALSHA
};

enum class ledger_call : unsigned char { take, give_back, charge };

/// The script for the rule's algorithm. Any thread.
const redis_script& script_of(ledger_call call, const limits::rule& rule);

/// Adds the script's arguments after the key: `a` and `b` are the two parts of a demand, permits
/// and ends, or permits and microseconds ago.
void add_arguments(redis_command& command, const limits::rule& rule, std::int64_t a,
                   std::int64_t b);

/// Writes, so that it fails if the other scripts would: EVAL with one key.
extern const std::string_view probe_script;

/// The key of a ledger entry. The rule and the client's key form the hash tag for Redis Cluster; a
/// long key is replaced by its SHA-256.
std::string ledger_key(std::string_view prefix, const limits::rule& rule, std::string_view key);

} // namespace thalamus::store
