#pragma once
// What the kernel knows about a TCP connection. In a separate file because <linux/tcp.h> conflicts
// with <netinet/tcp.h>, which Asio includes.

#include <cstdint>
#include <optional>

namespace thalamus::net {

/// Sent bytes that the peer's kernel has acknowledged; nullopt if our kernel does not tell.
std::optional<std::uint64_t> acknowledged_bytes(int fd);

} // namespace thalamus::net
