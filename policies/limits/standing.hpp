#pragma once
// Where a node's permits come from while the store may be lost: a state machine for the whole node.
// Times and what is known of others are passed in.
//
//   store --own store lost--> another node has the store: peer, through that node
//                             all others say that theirs is lost, and most are here: share
//                             most are not here: isolated
//   share --someone has the store again--> settling --charged--> waiting --nobody shares--> store or peer
//
// So the rule holds in every step: a node grants from its share only while no node in its view takes
// from the store, and one whose store was lost takes from it again only when the others have had time to
// hear of that (`hold_off`) and what was granted from shares is charged. A node that sees no majority
// cannot know whether others have the store, and grants nothing.
// What that costs: where a part of the nodes loses the store and, in the same moment, sight of another
// part that has it, the majority's shares come on top of what the others take. And where a node that
// shares stands still for longer than suspect_after, the others do not wait for it: if they have the store
// again when it goes on, what it grants until it hears that comes on top.

#include "policies/limits/lease.hpp"
#include "policies/limits/share.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace thalamus::limits {

class standing {
public:
    enum class mode : unsigned char { store, peer, share, settling, waiting, isolated };

    struct other {
        std::string name;
        bool has_store = false, shares = false;
    };
    struct knowledge {
        bool has_store = false; ///< this node itself
        bool clustered = false; ///< else it is the only one
        bool settled_in = true; ///< the others have had time to hear of this node
        bool majority = true;
        part place;               ///< among all known members, alive or not
        std::vector<other> alive; ///< without this node
    };
    struct decision {
        mode how = mode::waiting;
        std::string peer; ///< with peer
        part place;       ///< with share
        bool operator==(const decision&) const = default;
    };

    /// `hold_off`: longer than a message to a node that is alive takes; 0 without others.
    explicit standing(std::chrono::milliseconds hold_off) : hold_off_(hold_off) {}

    const decision& update(const knowledge& known, time_point now);
    /// When update() is to be called even if nothing new is known; max() = never.
    time_point look_again() const { return look_again_; }
    /// What was granted from the share is charged to the store; then update() again.
    void settled() { owes_ = false; }
    /// To be told to the others: what this node has granted is not in the store yet.
    bool sharing() const { return owes_; }
    const decision& current() const { return now_; }

private:
    decision decide(const knowledge& known, time_point now);

    const std::chrono::milliseconds hold_off_;
    decision now_;
    bool owes_ = false;
    bool had_store_ = false;
    time_point usable_from_{}; // the own store
    time_point look_again_ = time_point::max();
};

std::string_view to_text(standing::mode how);

} // namespace thalamus::limits
