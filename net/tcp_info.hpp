#pragma once
// What the kernel knows of a TCP connection. In a file of its own because <linux/tcp.h> and
// <netinet/tcp.h>, which Asio includes, cannot stand side by side.

#include <cstdint>
#include <optional>

namespace thalamus::net {

/// Bytes of ours that the peer's kernel has acknowledged; nullopt if ours does not tell.
std::optional<std::uint64_t> acknowledged_bytes(int fd);

} // namespace thalamus::net
