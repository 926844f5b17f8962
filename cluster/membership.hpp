#pragma once
// The members of the cluster and which of them are alive: a state machine, with time and messages
// passed in; it uses no sockets or actors. Owned by the cluster actor and used on its reactor only.
//
// Every node sends a heartbeat to every other. It carries a number (`beat`) and, for each member
// that the sender knows, the highest number that it has heard of, and how long ago. A member's
// state follows only from the age of its newest heartbeat, whichever node reported it:
//   - the next heartbeat refutes a false suspicion; no verdict is passed on that could outlive its
//     reason. (Gossip-style failure detection, van Renesse, Minsky and Hayden 1998; in SWIM's terms
//     the pair (incarnation, beat) is the incarnation number.)
//   - a heartbeat that is already known proves nothing, so that two nodes cannot keep a third alive
//     by telling each other about it
//   - two nodes that cannot hear each other hear of each other through a third, so that a link that
//     is cut in one direction or both makes neither suspect, as long as others hear both
// A process's `incarnation` distinguishes its lives: a restarted node replaces its former life.

#include "cluster/messages.hpp"

#include <chrono>
#include <map>
#include <utility>

namespace thalamus::cluster {

class membership {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    struct settings {
        std::string name, address;
        std::uint64_t incarnation = 0; ///< see new_incarnation()
        milliseconds heartbeat{500}, suspect_after{2000}, dead_after{6000};
    };

    /// An event worth a line in the log.
    struct event {
        enum class kind : unsigned char {
            joined,     ///< seen for the first time, or again after it left or was forgotten
            restarted,  ///< the same name, a later life
            suspected,  ///< alive -> suspect
            died,       ///< -> dead
            recovered,  ///< suspect or dead -> alive
            left,       ///< it announced that
            forgotten,  ///< dead for forget_after
            name_taken, ///< two live nodes have this name; `address` is that of the later one
            full,       ///< rejected: there are most_members already
            stalled     ///< this node itself was stalled for `silence`
        };
        kind type;
        std::string name, address;
        milliseconds silence{0}; ///< since it was last heard
    };

    membership(settings own, node_status status, time_point now);

    /// Advances the time. To be called with each heartbeat; a much longer gap means that this
    /// process was stalled, and does not count as silence of the others.
    void tick(time_point now);
    /// The heartbeat to send to every peer now; the caller adds the positions.
    heartbeat beat(time_point now);
    /// Handles a heartbeat from a peer, whatever its content.
    void receive(const heartbeat& beat, time_point now);
    /// The peer closed the link to this life of it: if the same name appears again, it was a
    /// restart, not a second node.
    void link_lost(const std::string& name, std::uint64_t incarnation);
    /// Announces in all further heartbeats that this node leaves.
    void leave() { leaving_ = true; }

    /// Why this peer must be rejected; nothing if it may be linked with.
    std::optional<refused> objection(const hello& peer, time_point now) const;
    hello own_hello() const;

    /// Sets the status for the next heartbeats. True if others must know the change at once.
    bool set_status(const node_status& status);
    /// To be called before others know the address.
    void set_address(const std::string& address) { own_.address = address; }

    /// The current view; a new object after each change.
    view_ptr current();
    /// Counts changes, except those of request rates, which are not worth telling subscribers.
    std::uint64_t revision() const { return revision_; }
    std::vector<event> take_events() { return std::exchange(events_, {}); }

    /// How long a dead member stays known, and how long one that left is remembered, so that
    /// outdated reports do not bring it back.
    static constexpr std::chrono::minutes forget_after{10};

private:
    /// Another life with the same name, and how long it has been heard without a break.
    struct rival {
        std::uint64_t incarnation = 0;
        time_point first, last;
    };
    struct entry {
        std::string address;
        std::uint64_t incarnation = 0, beat = 0;
        time_point last_heard; // when the newest heartbeat was heard by the node that reported it
        time_point last_heard_direct; // from the member itself
        time_point since;             // when this incarnation became known
        rival other;                  // a rejected one
        member_state state = member_state::alive;
        bool left = false, forgotten = false, link_lost = false, direct = false;
        node_status status;

        bool known() const { return !left && !forgotten; }
    };

    void make_up_for_pause(time_point now);
    void merge(const member_report& r, time_point now, bool direct);
    bool make_room();
    /// True if the other life has been heard for longer than delayed messages can explain.
    bool lasts(rival& life, std::uint64_t incarnation, time_point heard_at) const;
    void merge_same_life(const std::string& name, entry& e, const member_report& r, time_point now,
                         bool direct);
    void merge_other_life(const std::string& name, entry& e, const member_report& r, time_point now,
                          bool direct);
    void start_life(entry& e, const member_report& r, time_point heard_at, time_point now,
                    bool direct);
    bool fresh(const entry& e, time_point now) const {
        return e.known() && now - e.last_heard <= own_.suspect_after;
    }
    void judge(const std::string& name, entry& e, time_point now);
    void changed(bool worth_telling);
    void add_event(event::kind type, const std::string& name, const std::string& address,
                   milliseconds silence = milliseconds{0});

    settings own_;
    node_status status_;
    std::uint64_t beat_ = 0;
    bool leaving_ = false;
    rival name_conflict_; // another node with this node's name
    time_point ticked_;
    std::map<std::string, entry> others_;
    view_ptr view_; // null after a change
    std::uint64_t revision_ = 0;
    std::vector<event> events_;
};

/// A number higher than that of any earlier life, and different from those of processes that start
/// elsewhere at the same moment: the wall clock in milliseconds, and 20 random bits below it.
std::uint64_t new_incarnation(std::chrono::system_clock::time_point now, std::uint32_t random);

} // namespace thalamus::cluster
