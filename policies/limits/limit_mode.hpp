#pragma once
// Where a node's permits come from while the store may be lost: a state machine for the whole node.
// Time and what is known about other nodes are passed in.
//
//   store --own store lost--> another node has the store: peer, through that node
//                             all others have lost it too, and a majority is here: share
//                             no majority is here: no_quorum
//   share --a node has the store again--> reconciling --charged--> waiting
//   waiting --no node has debt--> store or peer
//
// So the rule holds in every step. A node grants from its fallback quota only while no node in its
// view uses the store. A node whose store was lost uses it again only when the others have had time
// to hear of that (`hold_off`) and what was granted from fallback quotas is charged. A node without
// a majority cannot know whether others have the store, and grants nothing.
//
// Known limits of the guarantee: if some nodes lose the store and, at the same moment, contact with
// other nodes that have it, the majority's fallback quotas come on top of what the others grant.
// And if a node with a fallback quota stalls for longer than suspect_after, the others do not wait
// for it: if they have the store again when it resumes, what it grants until it learns of that
// comes on top.

#include "policies/limits/fallback_quota.hpp"
#include "policies/limits/lease.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace thalamus::limits {

class limit_mode {
public:
    enum class mode : unsigned char { store, peer, share, reconciling, waiting, no_quorum };

    struct other {
        std::string name;
        bool has_store = false, has_debt = false;
    };
    struct knowledge {
        bool has_store = false; ///< this node
        bool clustered = false; ///< otherwise it is the only node
        bool introduced = true; ///< the others have had time to hear of this node
        bool majority = true;
        part place;               ///< among all known members, alive or not
        std::vector<other> alive; ///< without this node
    };
    struct decision {
        limit_mode::mode mode = limit_mode::mode::waiting;
        std::string peer; ///< for peer
        part place;       ///< for share
        bool operator==(const decision&) const = default;
    };

    /// `hold_off` must be longer than a message to a live node takes; 0 without other nodes.
    explicit limit_mode(std::chrono::milliseconds hold_off) : hold_off_(hold_off) {}

    const decision& update(const knowledge& known, time_point now);
    /// When to call update() even if nothing new is known; max() = never.
    time_point look_again() const { return look_again_; }
    /// All grants from the fallback quota are charged to the store; call update() afterwards.
    void on_reconciled() { has_debt_ = false; }
    /// To be sent to the other nodes: permits granted by this node are not charged to the store
    /// yet.
    bool has_debt() const { return has_debt_; }
    const decision& current() const { return now_; }

private:
    decision decide(const knowledge& known, time_point now);

    const std::chrono::milliseconds hold_off_;
    decision now_;
    bool has_debt_ = false;
    bool had_store_ = false;
    time_point usable_from_{}; // this node's own store
    time_point look_again_ = time_point::max();
};

std::string_view to_text(limit_mode::mode mode);

} // namespace thalamus::limits
