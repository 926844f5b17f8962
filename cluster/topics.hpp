#pragma once
// The topics on which nodes publish. Numbers go over the wire and are never reused for another
// topic; a node that does not know a topic skips it. The previous and the next version of the
// program must be able to read the payload of a topic (numbered fields, cluster/wire.hpp, ensure
// that).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thalamus::cluster {

struct topic_settings {
    std::uint32_t number = 0;
    std::string_view name;
    /// What is kept of each origin for nodes that were away; beyond that they get a reset.
    std::size_t keep_entries = 1024;
    std::size_t keep_bytes = 256 * 1024;
};

inline constexpr std::array topics{
    topic_settings{1, "target_health"},
    topic_settings{2, "issuer_keys", 64, 512 * 1024},
    topic_settings{3, "revocations", 4096, 1024 * 1024},
    topic_settings{4, "api_keys"},
};

/// In bytes. A longer snapshot is left out of a reset.
constexpr std::size_t longest_payload = 64 * 1024, longest_snapshot = 1024 * 1024;

/// A topic whose payload is a T. Its namespace has `std::string to_payload(const T&)` and
/// `std::optional<T> from_payload(std::string_view, std::type_identity<T>)`; payloads that cannot
/// be read are skipped.
template <class T>
struct topic {
    std::uint32_t number = 0;
};

} // namespace thalamus::cluster
