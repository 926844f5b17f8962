#pragma once
// Members that every node shall know until they end: kept in the store, told to all nodes at once,
// and learned by a node that starts from the store and from its peers. What is added twice, or
// comes twice, does no harm. What the store has lost it gets again from any node; so a member can
// only be taken out if something else tells every node for long enough that it does not count (see
// learn_handler). Owned by an actor on the first reactor, and used there only.

#include "actors/context.hpp"
#include "cluster/node.hpp"
#include "cluster/topics.hpp"

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

/// As nodes tell each other of one.
struct set_member {
    std::string member;
    std::chrono::system_clock::time_point expires; ///< max(): never
};
std::string to_payload(const set_member& what);
std::optional<set_member> from_payload(std::string_view payload, std::type_identity<set_member>);

/// A response to a peer that asks for all members: those that follow one, in order.
struct entry_page {
    std::vector<std::string> entries;     ///< each as to_payload(set_member) writes it
    bool more = false, unsettled = false; ///< there is a next page; the sender has not settled yet
};
std::string to_payload(const entry_page& what);

class replicated_set {
public:
    using time_point = std::chrono::system_clock::time_point;
    struct settings {
        std::string name; ///< in the store
        cluster::topic<set_member> topic;
        std::uint32_t question_kind = 0; ///< by which peers ask for all of it
    };
    /// Each member once, or again if it ends later. False: it does not count any more, let it go.
    using learn_handler = std::function<bool(std::string_view member, time_point expires)>;

    /// `changed`: settled() or complete() is true now.
    replicated_set(reactor_context& context, settings how, learn_handler learned,
                   std::function<void()> changed);
    ~replicated_set();

    enum class added : unsigned char {
        stored,  ///< or there is no store but the nodes' memory
        not_yet, ///< the store does not answer: it is tried again until it does
        full
    };
    /// In force here at once, elsewhere as soon as they hear of it. `then` is called once.
    /// @pre no longer than store::expiring_sets::longest_member
    void add(std::string member, time_point expires, std::function<void(added)> then);
    /// What learn_handler will not take again.
    void forget(std::string_view member);
    /// What the store and the nodes knew when this one began is known here, or could not be had in
    /// time.
    bool settled() const { return settled_; }
    /// What the store knew is known here.
    bool complete() const { return !has_store_ || scanned_; }
    /// The nodes that are alive; those in `fresh` were not before.
    void see(const std::vector<std::string>& alive, const std::vector<std::string>& fresh);

    static constexpr std::size_t most_members = store::expiring_sets::most_members;

private:
    struct known {
        time_point expires;
        std::uint64_t seen = 0; ///< by the scan of the store with that number
    };
    /// What of a peer's members has come. One that has not settled itself is asked again until it
    /// has.
    struct asked_peer {
        std::string after;
        std::uint64_t round = 0; // of asking for all of them: an older answer does not count
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
    /// Takes out what has ended.
    void make_room();
    /// Goes over the members, a few in a turn: takes out what has ended, and has those stored that
    /// the last scan of the store has not seen.
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
    std::map<std::string, asked_peer, std::less<>> peers_; // whose members have not all come
    bool met_ = false;                                     // a peer
    net::timer timer_;
    net::time_point others_until_; // by then a peer would have been met
    net::time_point progress_at_;  // of the store or a peer
    net::time_point compare_at_, walk_at_, make_room_at_;
    std::uint64_t rounds_ = 0, scans_ = 0, last_scan_ = 0; // numbers; the last that came to its end
    std::optional<std::string> cursor_;                    // of the scan under way
    std::optional<std::string> walked_to_;                 // by the walk under way
    bool compares_ = false;                                // that walk
    bool page_under_way_ = false, store_was_there_ = false, scanned_ = false, settled_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // answers may come late
};

} // namespace thalamus::actors
