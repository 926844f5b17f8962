#pragma once
// Which part of a Redis Cluster a key belongs to, and which server has that part. Pure.
// Redis Cluster specification, "Key distribution model" and CLUSTER SLOTS.

#include <hiredis/hiredis.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::store {

constexpr unsigned slot_count = 16384;

/// CRC16 (XMODEM) of what stands between the first '{' and the next '}', if that is not empty; else
/// of the whole key.
unsigned slot_of(std::string_view key);

struct slot_range {
    unsigned first = 0, last = 0; ///< both included
    std::string host;             ///< of the primary; empty: that of the server which was asked
    std::uint16_t port = 0;
};
/// The reply to CLUSTER SLOTS; nothing if it is not one.
std::optional<std::vector<slot_range>> slot_ranges_of(const redisReply& reply);

} // namespace thalamus::store
