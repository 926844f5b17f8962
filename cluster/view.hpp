#pragma once
// What a node knows about the members of its cluster. A view is immutable and shared; any thread
// may read it (cluster/node_view.hpp has the current one).

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::cluster {

/// alive --nothing heard for suspect_after--> suspect --nothing for dead_after--> dead
/// Any heartbeat makes it alive again.
enum class member_state : unsigned char { alive, suspect, dead };
std::string_view to_text(member_state state);

/// The store as a node sees it: `memory` = it has no shared store, `degraded` = it responds at
/// times.
enum class store_state : unsigned char { ok, degraded, down, memory };
std::string_view to_text(store_state state);

/// A node's own status, sent with each heartbeat.
struct node_status {
    std::string version;                   ///< of the program
    std::string configuration;             ///< snapshot::version
    std::uint32_t requests_per_second = 0; ///< over the last seconds
    store_state store = store_state::memory;
    bool sharing = false; ///< it grants from its fallback quota, without the store
    bool draining = false;
    bool operator==(const node_status&) const = default;
};

struct member {
    std::string name;
    std::string address; ///< of its cluster port, "IP:PORT"
    /// One life of a process: later lives have higher ones, unless the clock was set back.
    std::uint64_t incarnation = 0;
    member_state state = member_state::alive;
    /// Heard from itself within suspect_after, not only through others: messages to it arrive.
    bool direct = false;
    node_status status; ///< as last heard
};

/// The known members: alive, suspect or dead, this node among them. Members that left, or that were
/// dead for 10 minutes, are not included.
struct view {
    std::string self;
    std::vector<member> members; ///< sorted by name
    std::size_t rank = 0;        ///< of this node among the known members
    std::size_t alive = 0;       ///< this node included

    std::size_t known() const { return members.size(); }
    /// More than half of the known members are alive: at most one part of a divided cluster has a
    /// majority.
    bool majority() const { return alive * 2 > members.size(); }
    const member& own() const { return members[rank]; }
    const member* find(std::string_view name) const; ///< nullptr if unknown
};

using view_ptr = std::shared_ptr<const view>;

} // namespace thalamus::cluster
