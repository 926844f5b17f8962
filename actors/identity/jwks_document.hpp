#pragma once
// The keys that an issuer publishes, as nodes hand them to each other: whoever has fetched them
// tells all others, and answers those that ask. A node believes its peers (they have a certificate
// of the cluster's CA) but reads the document as if it came from the issuer.

#include "cluster/topics.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::actors {

struct jwks_document {
    std::string url;
    std::string text; ///< the JSON Web Key Set
    /// Of two the later one has the higher, whoever fetched it and whatever clocks say:
    /// milliseconds since 1970 at whoever fetched it, but above all that this node knew (a hybrid
    /// logical clock, Kulkarni et al. 2014).
    std::uint64_t version = 0;
    /// Since it was fetched, as this was sent: moments would say something else on a host of
    /// another time.
    std::chrono::milliseconds age{0};
    /// From the fetch on: how long the issuer lets it count for fresh.
    std::chrono::seconds lifetime{0};
};

/// Longer ones could not be told to others (cluster::longest_payload).
constexpr std::size_t longest_key_document = 60 * 1024;

inline constexpr cluster::topic<jwks_document> key_topic{2};

std::string to_payload(const jwks_document& what);
std::optional<jwks_document> from_payload(std::string_view payload,
                                          std::type_identity<jwks_document>);

/// "Have you keys of this issuer that are newer than mine?"
struct key_question {
    std::string url;
    std::uint64_t newer_than = 0; ///< a version; 0: I have none
};
inline constexpr std::uint32_t jwks_call_kind = 2;

struct jwks_response {
    enum class kind : unsigned char {
        newer = 1,
        nothing_newer = 2, ///< the issuer was asked, now or lately
        unreachable = 3,   ///< it does not answer, or with no keys
        not_mine = 4       ///< somebody else is to ask it
    };
    kind what = kind::not_mine;
    std::optional<jwks_document> document; ///< newer
};
std::string to_payload(const jwks_response& what);
std::optional<jwks_response> from_payload(std::string_view payload,
                                          std::type_identity<jwks_response>);

std::string to_payload(const key_question& what);
std::optional<key_question> from_payload(std::string_view payload,
                                         std::type_identity<key_question>);

} // namespace thalamus::actors
