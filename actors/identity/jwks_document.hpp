#pragma once
// The JSON Web Key Set of an issuer, as nodes share it. The node that has fetched it publishes it
// to all others and responds to those that ask for it. A node trusts its peers (they have a
// certificate from the cluster's CA) but validates the document as if it came from the issuer.

#include "cluster/topics.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::actors {

struct jwks_document {
    std::string url;
    std::string text; ///< the JSON Web Key Set
    /// The later of two documents has the higher version, whichever node fetched it and even if
    /// clocks differ: milliseconds since 1970 on the node that fetched it, but higher than every
    /// version that this node knew (a hybrid logical clock, Kulkarni et al. 2014).
    std::uint64_t version = 0;
    /// The time from the fetch to the sending of this message. A timestamp would mean something
    /// else on a host whose clock differs.
    std::chrono::milliseconds age{0};
    /// The freshness lifetime that the issuer allows, counted from the fetch (RFC 9111).
    std::chrono::seconds lifetime{0};
};

/// Longer documents could not be published to other nodes (cluster::longest_payload).
constexpr std::size_t longest_key_document = 60 * 1024;

inline constexpr cluster::topic<jwks_document> key_topic{2};

std::string to_payload(const jwks_document& what);
std::optional<jwks_document> from_payload(std::string_view payload,
                                          std::type_identity<jwks_document>);

/// Asks a peer for keys of this issuer that are newer than the caller's.
struct jwks_request {
    std::string url;
    std::uint64_t newer_than = 0; ///< a version; 0: the caller has no keys
};
inline constexpr std::uint32_t jwks_method = 2;

struct jwks_reply {
    enum class kind : unsigned char {
        newer = 1,
        nothing_newer = 2, ///< the issuer was asked now or recently
        unreachable = 3,   ///< the issuer does not respond, or without keys
        not_mine = 4       ///< another node is responsible for asking the issuer
    };
    kind what = kind::not_mine;
    std::optional<jwks_document> document; ///< only with kind::newer
};
std::string to_payload(const jwks_reply& what);
std::optional<jwks_reply> from_payload(std::string_view payload, std::type_identity<jwks_reply>);

std::string to_payload(const jwks_request& what);
std::optional<jwks_request> from_payload(std::string_view payload,
                                         std::type_identity<jwks_request>);

} // namespace thalamus::actors
