#pragma once
// Decides for one reactor whether a request may pass: all rules of its route must grant, or none is
// charged. Spends from leases (policies/limits/lease.hpp), lets requests wait for an answer in their order, gives
// back what is not used. Knows no actor, socket or clock: where budgets come from is a `source`.
// Bounded: beyond `most_cells` keys the one that was unused for longest is given up.
//
// `now` must be read after the request, demand or answer at hand had come. A turn's cached time may be
// older, and would let a lease be spent or lent after its end.

#include "base/keyed_hash.hpp"
#include "policies/limits/lease.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::limits {

namespace intrusive = boost::intrusive;
struct unused_tag;
struct waiting_tag;
struct held_tag;

/// Who waits for a cell's answer, in a queue. Leaves it when it dies.
class waiter : public intrusive::list_base_hook<intrusive::tag<waiting_tag>,
                                                intrusive::link_mode<intrusive::auto_unlink>> {
public:
    /// Set by the limiter: it waited when the cell last asked.
    bool in_last_ask = false;

    /// How many permits it cannot go on without.
    virtual std::int64_t needs() const = 0;
    /// The cell has an answer, and it is the turn of this one, which is out of the queue by now. To look
    /// at another moment than `now` could find the answer out of date, and wait again, for ever.
    virtual void go_on(time_point now) = 0;

    virtual ~waiter() = default;
};

/// One key of one rule.
class cell : public intrusive::list_base_hook<intrusive::tag<unused_tag>>,
             public intrusive::set_base_hook<intrusive::tag<held_tag>,
                                             intrusive::link_mode<intrusive::auto_unlink>> {
public:
    cell(const rule& r, std::size_t index, std::string_view k, std::uint64_t h)
        : by(r),
          rule_index(index),
          key(k),
          hash(h) {}
    const rule& by;
    const std::size_t rule_index;
    const std::string key;
    const std::uint64_t hash; ///< of rule and key; the same on all reactors of a process
    lease held;
    std::uint32_t uses = 0;                    ///< by those who hold a permit of it
    bool serving = false;                      ///< those who wait are given an answer
    bool given_back = false;                   ///< meanwhile
    time_point give_up_at = time_point::max(); ///< its place among those that hold something
    intrusive::list<waiter,
                    intrusive::base_hook<intrusive::list_base_hook<
                        intrusive::tag<waiting_tag>, intrusive::link_mode<intrusive::auto_unlink>>>,
                    intrusive::constant_time_size<false>>
        waiting;
};

class limiter {
public:
    class source {
    public:
        /// limiter::answered() is to be called for it, once: within this call or later.
        virtual void ask(cell& of, const demand& what) = 0;
        virtual void give_back(cell& of, const lease::surplus& what) = 0;

    protected:
        ~source() = default;
    };

    static constexpr std::size_t most_cells = 131'072;

    /// `hash` is the same for all limiters of a process.
    limiter(std::span<const rule> rules, source& from, const base::keyed_hash& hash,
            std::size_t most = most_cells);

    /// The cell of a key, made if it is new. Valid until the next find() or sweep(), or as long as
    /// someone waits for it, `uses` it, or it is asked for.
    cell& find(std::size_t rule, std::string_view key);

    struct verdict {
        enum class outcome : unsigned char {
            granted,
            refused,
            closed, ///< nobody knows what is left
            wait    ///< not known yet
        };
        outcome what = outcome::granted;
        const cell* by = nullptr; ///< refused, closed: whose rule decided
    };
    /// A rule that a request must pass.
    struct step {
        cell* at = nullptr;
        bool dry_run = false; ///< its refusal changes nothing
        bool over = false;    ///< set: it was, or would have been, refused by this one
        std::optional<lease::permit> taken;
    };
    /// What is known at once; takes the permits if all grant, else none. @pre cells of different rules
    verdict try_all(std::span<step> way, time_point now);

    /// One rule. `granted` fills `into`, empty where the rule grants without a permit. From who was
    /// called by go_on(): takes its turn.
    verdict::outcome take(cell& from, std::optional<lease::permit>& into, time_point now);
    /// After `wait`: until go_on().
    void wait_for(cell& of, waiter& who, time_point now);
    void put_back(cell& to, const lease::permit& what);
    /// For another holder, which asks this one: what may be lent now. False if it is to wait.
    bool lend(cell& of, const demand& what, reply& into, time_point now);

    /// The answer to source::ask().
    void answered(cell& of, const reply& r, time_point now);

    /// Where budgets come from has changed: what was empty is asked for again.
    void doubt_all();
    /// Gives back what was held too long.
    void sweep(time_point now);
    /// When sweep() should be called next; max() = nothing is held.
    time_point next_sweep() const;
    /// Gives back all there is.
    void give_up_all();

    std::size_t size() const { return cells_.size(); }

private:
    struct name {
        std::size_t rule;
        std::string_view key;
        std::uint64_t hash;
        bool operator==(const name& other) const {
            return hash == other.hash && rule == other.rule && key == other.key;
        }
    };
    struct name_hash {
        using is_avalanching = void;
        std::size_t operator()(const name& n) const { return n.hash; }
    };
    struct sooner {
        bool operator()(const cell& a, const cell& b) const { return a.give_up_at < b.give_up_at; }
    };

    void ask(cell& of, time_point now);
    void serve(cell& of, time_point now);
    /// Gives back what those in the last ask left; false if that is nothing.
    bool drop_needed(cell& of);
    /// What by `now` is better given back than held.
    void give_up(cell& of, time_point now);
    void note_held(cell& of);
    void make_room();

    std::span<const rule> rules_;
    source& source_;
    const base::keyed_hash hash_;
    const std::size_t most_;
    boost::unordered_flat_map<name, std::unique_ptr<cell>, name_hash> cells_;
    intrusive::list<cell,
                    intrusive::base_hook<intrusive::list_base_hook<intrusive::tag<unused_tag>>>>
        by_use_; // the one unused for longest first
    intrusive::multiset<
        cell,
        intrusive::base_hook<intrusive::set_base_hook<
            intrusive::tag<held_tag>, intrusive::link_mode<intrusive::auto_unlink>>>,
        intrusive::compare<sooner>, intrusive::constant_time_size<false>>
        holding_;
};

} // namespace thalamus::limits
