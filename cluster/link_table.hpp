#pragma once
// The links of this node and the peers at their other end: a pure state machine. Owned by the
// cluster actor and used on its reactor only.
//
// Two nodes may dial each other at the same moment. Both keep the link that the node with the
// lesser name has dialled, so they agree without further messages. If that link has been silent, it
// is dead, and the newer link replaces it.

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
        std::string name; ///< empty until the peer has identified itself
        std::uint64_t incarnation = 0;
        time_point last_heard{}; ///< time of its last message
        bool dropped = false;    ///< by this node
    };

    link_table(std::string self, std::chrono::milliseconds suspect_after)
        : self_(std::move(self)),
          suspect_after_(suspect_after) {}

    link& open(link_id id, const net::tcp_endpoint& peer, bool outbound);
    /// Removes the link and returns what was known about it; nothing if it is unknown.
    std::optional<link> close(link_id id);
    link* find(link_id id);

    struct decision {
        bool accepted = false; ///< otherwise redundant
        link_id replaced = 0;  ///< a link to close; 0 = none
    };
    /// The peer of `id` has identified itself, and there is no objection to it.
    decision introduce(link_id id, const hello& peer, time_point now);

    /// The link in use to a peer; 0 = none.
    link_id link_to(const std::string& name) const;
    /// Heard within suspect_after, so the peer most likely reads what is sent to it.
    bool responsive(const link& l, time_point now) const {
        return now - l.last_heard <= suspect_after_;
    }

    /// The link in use to each peer.
    const std::map<std::string, link_id>& peers() const { return peers_; }

private:
    const std::string self_;
    const std::chrono::milliseconds suspect_after_;
    std::map<link_id, link> links_;
    std::map<std::string, link_id> peers_;
};

} // namespace thalamus::cluster
