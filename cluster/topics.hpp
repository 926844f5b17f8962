#pragma once
// What nodes tell each other: the whole list of topics. Numbers go over the wire and are never given to
// another topic; a node that does not know a topic skips it. The payload of a topic must be readable by
// the version of the program before and after (numbered fields, cluster/wire.hpp, are).

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
    /// What is kept of each origin for those that were away; beyond that they get a reset.
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

/// A topic whose payload is a T. For T there are `std::string to_payload(const T&)` and
/// `std::optional<T> from_payload(std::string_view, std::type_identity<T>)`, found beside it; what
/// cannot be read is skipped.
template <class T>
struct topic {
    std::uint32_t number = 0;
};

} // namespace thalamus::cluster
