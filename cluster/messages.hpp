#pragma once
// All messages that nodes exchange. A message on a link is one byte for its kind and a body of
// numbered fields (cluster/wire.hpp). Two adjacent versions of the program must understand each
// other:
//   - The number and the meaning of a field never change. New fields are optional. A node skips
//     unknown fields.
//   - A node skips messages of an unknown kind.
//   - `protocol_version` rises only if these rules are not enough. A node refuses a peer whose
//     lowest version is above its own version.
// decode() rejects messages that are incomplete or out of range, and names that are not plain text.

#include "cluster/view.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::cluster {

constexpr std::uint32_t protocol_version = 1;        ///< the highest that this program supports
constexpr std::uint32_t lowest_protocol_version = 1; ///< the lowest
constexpr std::size_t longest_name = 255;
/// The maximum number of members that a node keeps, and so of reports in a heartbeat.
constexpr std::size_t most_members = 64;

/// The first message from each side on a link. No other message is accepted before it.
struct hello {
    std::uint32_t version = protocol_version, lowest_version = lowest_protocol_version;
    std::string name;
    std::uint64_t incarnation = 0;
};

enum class refusal : unsigned char {
    self = 1,       ///< the node has connected to itself
    name_taken = 2, ///< there is a live node with that name
    version = 3,    ///< no common protocol version
    redundant = 4   ///< the two nodes already have a link
};

/// Sent instead of a hello. The link then closes.
struct refused {
    refusal reason = refusal::self;
    std::string address; ///< name_taken: the address of the other node
    std::string name;    ///< the name of the node that refuses
};

/// What the sender knows about one member.
struct member_report {
    std::string name, address;
    std::uint64_t incarnation = 0;
    std::uint64_t beat = 0;           ///< the highest seen; counts the heartbeats of an incarnation
    std::chrono::milliseconds age{0}; ///< since that heartbeat was seen
    bool left = false;                ///< it has announced that it stops
    node_status status;
};

/// The last entry that the sender has from one origin on one topic.
struct log_position {
    std::uint32_t topic = 0;
    std::string origin;
    std::uint64_t epoch = 0; ///< the origin's incarnation
    std::uint64_t sequence = 0;
};

struct heartbeat {
    member_report sender;
    std::vector<member_report> others;
    std::vector<log_position> positions;
};

/// Entries first, first + 1, ... of an origin's log.
struct log_entries {
    std::uint32_t topic = 0;
    std::string origin;
    std::uint64_t epoch = 0;
    std::uint64_t first = 1;
    std::vector<std::string> payloads;
    bool more = false; ///< response to a log_want: more entries follow, ask for them
};

/// Asks for the entries after `after`.
struct log_want {
    std::uint32_t topic = 0;
    std::string origin;
    std::uint64_t epoch = 0;
    std::uint64_t after = 0;
};

/// The entries that a log_want asked for are no longer kept: continue after `sequence`.
struct log_reset {
    std::uint32_t topic = 0;
    std::string origin;
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    std::optional<std::string> snapshot; ///< the state of the topic at that point
};

/// A remote procedure call, see cluster/calls.hpp.
struct call_request {
    std::uint64_t id = 0; ///< chosen by the caller
    std::uint32_t method = 0;
    std::string payload;
};

struct call_reply {
    std::uint64_t id = 0;               ///< of the request
    std::optional<std::string> payload; ///< absent: the peer cannot serve the call
};

using message = std::variant<hello, refused, heartbeat, log_entries, log_want, log_reset,
                             call_request, call_reply>;

/// Whether a peer may use this text as a name (of a node, an address, a version): visible ASCII and
/// spaces, at most longest_name bytes. Code that reads names from a payload must check them too.
bool is_plain_name(std::string_view text);

std::string encode(const message& m);

struct unknown_kind {};
struct malformed {};
/// Does not throw, whatever `bytes` contains.
std::variant<message, unknown_kind, malformed> decode(std::string_view bytes);

} // namespace thalamus::cluster
