#pragma once
// Who is in the cluster and who can be heard: a state machine, with time passed in and messages handed
// over; it knows no socket and no actor. Owned by the cluster actor and used on its reactor only.
//
// Every node sends a heartbeat to every other. It carries a number (`beat`), and for each member that
// the sender knows of the highest beat that it has heard of, and how long ago. A member's state follows
// from the age of its newest beat alone, whoever brought it:
//   - what is suspected by mistake is refuted by its next beat; no verdict is passed on that could
//     outlive its reason. (Gossip-style failure detection, van Renesse, Minsky and Hayden 1998; in SWIM's
//     terms the pair (incarnation, beat) is the incarnation number.)
//   - a beat that is known already proves nothing, so that what two nodes tell each other about a third
//     cannot keep it alive
//   - two nodes that cannot hear each other hear of each other through a third, so a link that is cut in
//     one direction or both makes neither suspect, as long as others hear both
// A process's `incarnation` tells its lives apart: a restarted node replaces what it was before.

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

    /// What is worth a line in the log.
    struct event {
        enum class kind : unsigned char {
            joined,     ///< first heard of, or again after it had left or was forgotten
            restarted,  ///< the same name, a later life
            suspected,  ///< alive -> suspect
            died,       ///< -> dead
            recovered,  ///< suspect or dead -> alive
            left,       ///< it said so
            forgotten,  ///< dead for forget_after
            name_taken, ///< two live nodes call themselves so; `address` is that of the later one
            full,       ///< not taken in: there are most_members already
            stood_still ///< this node itself did nothing for `silence`
        };
        kind what;
        std::string name, address;
        milliseconds silence{0}; ///< since it was last heard
    };

    membership(settings own, node_status status, time_point now);

    /// Time passes. To be called each heartbeat; a much longer gap means that this process stood still,
    /// and does not count as silence of the others.
    void tick(time_point now);
    /// The heartbeat to send now to every peer; its positions are the caller's.
    heartbeat beat(time_point now);
    /// From a peer, whatever its content.
    void receive(const heartbeat& from, time_point now);
    /// The link to this life of a peer was closed by the other side: if the same name comes again, it
    /// was a restart, not a second node.
    void link_lost(const std::string& name, std::uint64_t incarnation);
    /// Says in all further heartbeats that this node ends.
    void leave() { leaving_ = true; }

    /// Why a peer that calls itself so must not be linked with; nothing if it may.
    std::optional<refused> objection(const hello& peer, time_point now) const;
    hello own_hello() const;

    /// What the next heartbeats say. True if it is a change that others must know at once.
    bool set_status(const node_status& status);
    /// Before it is known to others.
    void set_address(const std::string& address) { own_.address = address; }

    /// The current view; another object after each change.
    view_ptr current();
    /// Counts changes of anything but request rates: those are not worth telling subscribers.
    std::uint64_t revision() const { return revision_; }
    std::vector<event> take_events() { return std::exchange(events_, {}); }

    /// A dead member is known for so long; one that left is remembered for so long, so that old news do
    /// not bring it back.
    static constexpr std::chrono::minutes forget_after{10};

private:
    /// Another life under a name, and for how long it has been heard without a break.
    struct rival {
        std::uint64_t incarnation = 0;
        time_point first, last;
    };
    struct entry {
        std::string address;
        std::uint64_t incarnation = 0, beat = 0;
        time_point heard;        // when the newest beat was heard by whoever told it
        time_point heard_direct; // from itself
        time_point since;        // this incarnation is known
        rival other;             // refused
        member_state state = member_state::alive;
        bool left = false, forgotten = false, link_lost = false, direct = false;
        node_status status;

        bool known() const { return !left && !forgotten; }
    };

    void make_up_for_pause(time_point now);
    void merge(const member_report& r, time_point now, bool direct);
    bool make_room();
    /// True when the rival was heard for longer than what is under way or was kept back can tell.
    bool lasts(rival& who, std::uint64_t incarnation, time_point heard) const;
    void merge_same_life(const std::string& name, entry& e, const member_report& r, time_point now,
                         bool direct);
    void merge_other_life(const std::string& name, entry& e, const member_report& r, time_point now,
                          bool direct);
    void start_life(entry& e, const member_report& r, time_point heard, time_point now,
                    bool direct);
    bool fresh(const entry& e, time_point now) const {
        return e.known() && now - e.heard <= own_.suspect_after;
    }
    void judge(const std::string& name, entry& e, time_point now);
    void changed(bool worth_telling);
    void say(event::kind what, const std::string& name, const std::string& address,
             milliseconds silence = milliseconds{0});

    settings own_;
    node_status status_;
    std::uint64_t beat_ = 0;
    bool leaving_ = false;
    rival namesake_; // another node with this one's name
    time_point ticked_;
    std::map<std::string, entry> others_;
    view_ptr view_; // none since a change
    std::uint64_t revision_ = 0;
    std::vector<event> events_;
};

/// One that is higher than that of any life before and differs from those begun elsewhere at the same
/// moment: the wall clock in milliseconds, and 20 random bits below it.
std::uint64_t new_incarnation(std::chrono::system_clock::time_point now, std::uint32_t random);

} // namespace thalamus::cluster
