#pragma once
// A set whose entries every node must know until they expire. An entry is kept in the store and
// published to all nodes at once. A node that starts learns the entries from the store and from its
// peers. It does no harm to add or to receive an entry twice. If the store loses an entry, any node
// writes it again. So an entry can only be removed if every node can tell for long enough by other
// means that the entry is no longer valid (see learn_handler). The set is owned by an actor on the
// first reactor and is used only there.

#include "actors/context.hpp"
#include "base/lifetime_token.hpp"
#include "cluster/node.hpp"
#include "cluster/topics.hpp"
#include "store/store.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::actors {

/// One entry, as nodes publish it to each other.
struct set_entry {
    std::string member;
    std::chrono::system_clock::time_point expires; ///< max(): it never expires
};
std::string to_payload(const set_entry& what);
std::optional<set_entry> from_payload(std::string_view payload, std::type_identity<set_entry>);

/// The reply to a peer that calls for all entries: a page of them, in order, after a given one.
struct entry_page {
    std::vector<std::string> entries;     ///< each as to_payload(set_entry) writes it
    bool more = false, unsettled = false; ///< there is another page; the sender is not settled
};
std::string to_payload(const entry_page& what);

class replicated_set {
public:
    using time_point = std::chrono::system_clock::time_point;
    struct settings {
        std::string name; ///< the name of the set in the store
        cluster::topic<set_entry> topic;
        std::uint32_t method = 0; ///< of the call that reads all entries
    };
    /// Called once for each entry, and again if its expiry moves to a later time. Returns false if
    /// the entry is no longer valid and should be removed.
    using learn_handler = std::function<bool(std::string_view member, time_point expires)>;

    /// `changed` is called when settled() or complete() has become true.
    replicated_set(reactor_context& context, settings how, learn_handler learned,
                   std::function<void()> changed);

    enum class added : unsigned char {
        stored,  ///< or no store is configured: the nodes keep it in memory
        not_yet, ///< the store does not respond; writing is retried until it does
        full
    };
    /// The entry applies on this node at once, on the others when they receive it. `then` is called
    /// once.
    /// @pre the member is not longer than store::expiring_sets::longest_member
    void add(std::string member, time_point expires, std::function<void(added)> then);
    /// Removes an entry that learn_handler will reject if it is received again.
    void forget(std::string_view member);
    /// True if this node has the entries that the store and the peers had when it started, or if
    /// the time limit for reading them has passed.
    bool settled() const { return settled_; }
    /// True if this node has read all entries from the store, or if there is no store.
    bool complete() const { return !has_store_ || scanned_; }
    /// Reports the nodes that are alive; those in `fresh` have just become alive.
    void see(const std::vector<std::string>& alive, const std::vector<std::string>& fresh);

    static constexpr std::size_t most_members = store::expiring_sets::most_members;

private:
    struct known {
        time_point expires;
        std::uint64_t seen = 0; ///< number of the last store scan that returned it
    };
    /// How far this node has read a peer's entries. A peer that is not settled itself is read again
    /// until it is.
    struct asked_peer {
        std::string after;
        std::uint64_t round = 0; // of reading all entries; responses from older rounds are ignored
        bool under_way = false, heard = false;
    };

    void join_cluster();
    bool learn(std::string_view member, time_point expires);
    void on_time();
    void go_on_scanning();
    void scanned(const store::set_page& page);
    void store_rest();
    void ask_peers();
    void ask_for_all(const std::string& peer);
    void told(const std::string& by, std::uint64_t round,
              const std::optional<std::string>& payload);
    /// Removes expired entries.
    void make_room();
    /// Starts a walk over the entries, a few per turn. It removes expired entries and, with
    /// `compare`, queues those for writing that the last scan of the store did not return.
    void begin_walk(bool compare);
    void walk_on();
    std::string page_after(std::string_view member) const;
    void settle();
    bool store_answers() const { return context_.store && context_.store->available(); }

    reactor_context& context_;
    const settings how_;
    const learn_handler learned_;
    const std::function<void()> on_change_;
    const bool has_store_;
    std::map<std::string, known, std::less<>> members_;
    std::set<std::string, std::less<>> unstored_;
    std::map<std::string, asked_peer, std::less<>> peers_; // whose entries are not all read
    bool met_ = false;                                     // at least one peer
    net::timer timer_;
    net::time_point others_until_; // peers are found by then, if there are any
    net::time_point progress_at_;  // last page from the store or a peer
    net::time_point compare_at_, walk_at_, make_room_at_;
    std::uint64_t rounds_ = 0, scans_ = 0, last_scan_ = 0; // last_scan_: completed
    std::optional<std::string> cursor_;                    // of the scan in progress
    std::optional<std::string> walked_to_;                 // by the walk in progress
    bool compares_ = false;                                // the walk in progress does
    bool page_under_way_ = false, store_was_there_ = false, scanned_ = false, settled_ = false;
    base::lifetime_token lifetime_; // responses may arrive late
};

} // namespace thalamus::actors
