#pragma once
// An RPC from a node that cannot reach the store to a node that can: a call to the ledger of the
// rate limits, which the other node executes. Encoded as bytes, for cluster::node::call().

#include "store/store.hpp"

#include <optional>
#include <string>

namespace thalamus::actors {

/// The number of this method. Numbers are never reused, as in cluster/topics.hpp.
inline constexpr std::uint32_t ledger_method = 1;

struct ledger_call {
    enum class call : unsigned char { take, give_back, charge };
    call what = call::take;
    std::string rule, key;
    limits::demand wanted;       ///< take
    std::int64_t permits = 0;    ///< give_back, charge
    std::int64_t ends = 0;       ///< give_back
    limits::microseconds ago{0}; ///< charge
};

std::string to_payload(const ledger_call& what);
std::optional<ledger_call> read_ledger_call(std::string_view payload);
/// The reply to a call that succeeded. The caller ignores its content for give_back and charge.
std::string to_payload(const limits::grant& reply);
std::optional<limits::grant> read_grant(std::string_view payload);

} // namespace thalamus::actors
