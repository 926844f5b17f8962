#pragma once
// The slot of a key in a Redis Cluster, and the server of a slot. Pure. Redis Cluster
// specification, "Key distribution model" and CLUSTER SLOTS.

#include <hiredis/hiredis.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::store {

constexpr unsigned slot_count = 16384;

/// CRC16 (XMODEM) of the text between the first '{' and the next '}', if that is not empty;
/// otherwise of the whole key.
unsigned slot_of(std::string_view key);

struct slot_range {
    unsigned first = 0, last = 0; ///< both included
    std::string host;             ///< of the primary; empty: the server that sent the reply
    std::uint16_t port = 0;
};
/// The reply to CLUSTER SLOTS; nothing if it is not one.
std::optional<std::vector<slot_range>> slot_ranges_of(const redisReply& reply);

} // namespace thalamus::store
