#pragma once
// The links of this node and who is at their other end: a pure state machine. Owned by the cluster
// actor and used on its reactor only.
//
// Two nodes may call each other at the same moment. Both keep the link that the node with the lesser
// name has called, so they agree without asking; unless that one has been silent: then it is dead, and
// the newer link takes its place.

#include "cluster/link_messages.hpp"
#include "cluster/messages.hpp"

#include <map>

namespace thalamus::cluster {

class link_table {
public:
    using time_point = std::chrono::steady_clock::time_point;

    struct link {
        net::tcp_endpoint peer;
        bool outbound = false;
        std::string name; ///< empty until it has said who it is
        std::uint64_t incarnation = 0;
        time_point heard{};   ///< when its last message came
        bool dropped = false; ///< by this node
    };

    link_table(std::string self, std::chrono::milliseconds suspect_after)
        : self_(std::move(self)),
          suspect_after_(suspect_after) {}

    link& open(link_id id, const net::tcp_endpoint& peer, bool outbound);
    /// What was known of it; nothing if it is not known.
    std::optional<link> close(link_id id);
    link* find(link_id id);

    struct decision {
        bool accepted = false; ///< else: redundant
        link_id replaced = 0;  ///< a link to close; 0 = none
    };
    /// The peer of `id` has said who it is, and nothing speaks against it.
    decision introduce(link_id id, const hello& peer, time_point now);

    /// The link to a peer in use; 0 = none.
    link_id to(const std::string& name) const;
    /// Heard within suspect_after: what is sent there is taken.
    bool answering(const link& l, time_point now) const { return now - l.heard <= suspect_after_; }

    /// Of each peer the link in use.
    const std::map<std::string, link_id>& peers() const { return peers_; }

private:
    const std::string self_;
    const std::chrono::milliseconds suspect_after_;
    std::map<link_id, link> links_;
    std::map<std::string, link_id> peers_;
};

} // namespace thalamus::cluster
