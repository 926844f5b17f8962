#pragma once
// What nodes say to each other: the whole list. A message on a link is one byte of kind and a body
// of numbered fields (cluster/wire.hpp). Two adjacent versions of the program must understand each
// other:
//   - a field's number and meaning never change; one that is new is optional; unknown ones are skipped
//   - a kind that is unknown is skipped
//   - `protocol_version` rises only when that is not enough; a node refuses a peer whose lowest spoken
//     version is above its own
// decode() refuses what is incomplete or out of range, and names that are no plain text.

#include "cluster/view.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::cluster {

constexpr std::uint32_t protocol_version = 1;        ///< the highest that this program speaks
constexpr std::uint32_t lowest_protocol_version = 1; ///< and the lowest
constexpr std::size_t longest_name = 255;
/// Members that are kept, and so reports in a heartbeat.
constexpr std::size_t most_members = 64;

/// The first message of either side on a link. Nothing else is believed before it.
struct hello {
    std::uint32_t version = protocol_version, lowest_version = lowest_protocol_version;
    std::string name;
    std::uint64_t incarnation = 0;
};

enum class refusal : unsigned char {
    self = 1,       ///< the caller has called itself
    name_taken = 2, ///< a live node of that name is there
    version = 3,    ///< no common protocol version
    redundant = 4   ///< there is a link between the two already
};

/// Instead of a hello; the link closes.
struct refused {
    refusal why = refusal::self;
    std::string address; ///< name_taken: where the other is
    std::string name;    ///< of the node that refuses
};

/// What the sender knows of one member.
struct member_report {
    std::string name, address;
    std::uint64_t incarnation = 0;
    std::uint64_t beat = 0; ///< the highest heard of; counts the heartbeats of an incarnation
    std::chrono::milliseconds age{0}; ///< since that beat was heard
    bool left = false;                ///< it said that it ends
    node_status status;
};

/// How far the sender has the entries of one origin on one topic.
struct log_position {
    std::uint32_t topic = 0;
    std::string origin;
    std::uint64_t epoch = 0; ///< the origin's incarnation
    std::uint64_t sequence = 0;
};

struct heartbeat {
    member_report from;
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
    bool more = false; ///< in answer to a log_want: ask for what follows
};

/// "Send me what comes after `after`."
struct log_want {
    std::uint32_t topic = 0;
    std::string origin;
    std::uint64_t epoch = 0;
    std::uint64_t after = 0;
};

/// What was wanted is not kept any more: go on after `sequence`.
struct log_reset {
    std::uint32_t topic = 0;
    std::string origin;
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    std::optional<std::string> snapshot; ///< the state of the topic at that point
};

struct question {
    std::uint64_t id = 0; ///< of the asker's choice
    std::uint32_t kind = 0;
    std::string payload;
};

struct answer {
    std::uint64_t id = 0;
    std::optional<std::string> payload; ///< absent: the peer cannot answer
};

using message =
    std::variant<hello, refused, heartbeat, log_entries, log_want, log_reset, question, answer>;

/// Whether a peer may call something so (a node, an address, a version): visible ASCII and spaces,
/// at most longest_name bytes. Whoever reads a payload with names in it asks, too.
bool is_plain_name(std::string_view text);

std::string encode(const message& what);

struct unknown_kind {};
struct malformed {};
/// Never throws for what `bytes` may hold.
std::variant<message, unknown_kind, malformed> decode(std::string_view bytes);

} // namespace thalamus::cluster
