#pragma once
// Members that every node shall know until they end: kept in the store, told to all nodes at once, and
// learned by a node that starts from the store and from its peers. What is added twice, or comes twice,
// does no harm. What the store has lost it gets again from any node; so a member can only be taken out if
// something else tells every node for long enough that it does not count (see learn_handler). Owned by an
// actor on the first reactor, and used there only.

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

class shared_set {
public:
    using time_point = std::chrono::system_clock::time_point;
    struct settings {
        std::string name; ///< in the store
        cluster::topic<set_member> topic;
        std::uint32_t question_kind = 0; ///< by which peers ask for all of it
    };
    /// Each member once, or again if it ends later. False: it does not count any more, let it go.
    using learn_handler = std::function<bool(std::string_view member, time_point expires)>;

    shared_set(reactor_context& context, settings how, learn_handler learned,
               std::function<void()> complete);
    ~shared_set();

    enum class added : unsigned char {
        stored,
        not_yet, ///< the store does not answer: it is tried again until it does
        full
    };
    /// In force here at once, elsewhere as soon as they hear of it. `then` is called once.
    void add(std::string member, time_point expires, std::function<void(added)> then);
    /// What learn_handler will not take again.
    void forget(std::string_view member);
    /// What was known to others when this node began is known here, or cannot be had.
    bool complete() const { return complete_; }
    /// Nodes that were not alive before.
    void ask(const std::vector<std::string>& peers);

    static constexpr std::size_t most_members = 100'000;

private:
    struct scan;

    void join_cluster();
    bool learn(std::string_view member, time_point expires);
    void on_time();
    void reconcile();
    void scanned(std::shared_ptr<scan> so_far);
    void store_rest();
    void ask(const std::string& peer, const std::string& after);
    std::string page_after(std::string_view member) const;
    void settle();

    reactor_context& context_;
    const settings how_;
    const learn_handler learned_;
    const std::function<void()> on_complete_;
    std::map<std::string, time_point, std::less<>> members_;
    std::set<std::string, std::less<>> unstored_;
    net::timer timer_;
    net::time_point settled_; // until then others may be found that know more
    net::time_point reconcile_at_;
    std::size_t asking_ = 0; // pages of peers that are on their way
    bool complete_ = false, scanning_ = false, store_was_there_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // answers may come late
};

} // namespace thalamus::actors
