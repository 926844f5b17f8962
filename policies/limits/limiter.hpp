#pragma once
// Decides for one reactor whether a request may pass: all rules of its route must grant it, or none
// is charged. Spends permits from leases (policies/limits/lease.hpp), lets requests wait for a
// reply in order, and gives back what is not used. Uses no actors, sockets or clock: permits come
// from a `source`. Bounded: beyond `most_cells` keys the least recently used key is dropped.
//
// `now` must be read after the request, demand or reply arrived. The cached time of a reactor's
// turn may be older, and would allow a lease to be spent or delegated after its end.

#include "base/intrusive_list.hpp"
#include "base/intrusive_multiset.hpp"
#include "base/keyed_hash.hpp"
#include "policies/limits/lease.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::limits {

/// Waits in the queue of a key for a reply. Leaves the queue when it is destroyed.
class waiter : public base::list_hook<struct waits_for_key> {
public:
    /// Set by the limiter: it was waiting when the last demand was sent.
    bool in_last_request = false;

    /// How many permits it needs to proceed.
    virtual std::int64_t needs() const = 0;
    /// The reply is here, and it is this waiter's turn; it has already left the queue. It must use
    /// this `now`: at another time the reply may be out of date, and it would wait again, forever.
    virtual void resume(time_point now) = 0;

    virtual ~waiter() = default;
};

/// The state of one key of one rule.
class key_state : public base::list_hook<>, public base::multiset_hook {
public:
    key_state(const limits::rule& r, std::size_t index, std::string_view k, std::uint64_t h)
        : rule(r),
          rule_index(index),
          key(k),
          hash(h) {}
    const limits::rule& rule;
    const std::size_t rule_index;
    const std::string key;
    const std::uint64_t hash; ///< of rule and key; the same on all reactors of a process
    lease held;
    std::uint32_t uses = 0;                    ///< admissions that refer to it
    bool serving = false;                      ///< its waiters are being resumed
    bool given_back = false;                   ///< a permit was, meanwhile
    time_point give_up_at = time_point::max(); ///< its position among keys with permits
    base::intrusive_list<waiter, waits_for_key> waiting;
};

class limiter {
public:
    class source {
    public:
        /// limiter::on_reply() must be called for it once: within this call or later.
        virtual void request(key_state& key, const demand& demand) = 0;
        virtual void give_back(key_state& key, const lease::surplus& surplus) = 0;

    protected:
        ~source() = default;
    };

    static constexpr std::size_t most_cells = 131'072;

    /// `hash` must be the same for all limiters of a process.
    limiter(std::span<const rule> rules, source& source, const base::keyed_hash& hash,
            std::size_t most = most_cells);

    /// The state of a key, created if it is new. Valid until the next find() or sweep(), or as long
    /// as it has waiters, `uses` or an outstanding reply.
    key_state& find(std::size_t rule, std::string_view key);

    struct verdict {
        enum class outcome : unsigned char {
            granted,
            refused,
            closed, ///< the remaining quota is unknown
            wait    ///< not known yet
        };
        outcome result = outcome::granted;
        const key_state* decided_by = nullptr; ///< refused, closed: the key whose rule decided
    };
    /// A rule that a request must pass.
    struct step {
        key_state* key = nullptr;
        bool dry_run = false; ///< its rejection changes nothing
        bool over = false;    ///< set: this rule rejected it, or would have
        std::optional<lease::permit> taken;
    };
    /// Decides if everything is known; takes the permits if all rules grant, otherwise none.
    /// @pre the keys belong to different rules
    verdict try_all(std::span<step> steps, time_point now);

    /// Applies one rule. `granted` fills `permit`, empty if the rule grants without a permit. When
    /// called from resume(), it takes the waiter's turn.
    verdict::outcome take(key_state& key, std::optional<lease::permit>& permit, time_point now);
    /// After `wait`: queues the waiter until resume().
    void wait_for(key_state& key, waiter& waiter, time_point now);
    void refund(key_state& key, const lease::permit& permit);
    /// Serves another holder: fills `result` with what can be delegated now. False if it has to
    /// wait.
    bool delegate(key_state& key, const demand& demand, reply& result, time_point now);

    /// The reply to source::request().
    void on_reply(key_state& key, const reply& r, time_point now);

    /// The source of permits has changed: permits for empty keys are requested again.
    void invalidate_all();
    /// Gives back permits that were held too long.
    void sweep(time_point now);
    /// When sweep() should be called next; max() = nothing is in hand.
    time_point next_sweep() const;
    /// Gives back all permits.
    void give_up_all();

    std::size_t size() const { return key_states_.size(); }

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
        bool operator()(const key_state& a, const key_state& b) const {
            return a.give_up_at < b.give_up_at;
        }
    };

    void request(key_state& key, time_point now);
    void serve(key_state& key, time_point now);
    /// Gives back what the waiters of the last demand left; false if nothing.
    bool drop_needed(key_state& key);
    /// Gives back what should not be held any longer at `now`.
    void give_up(key_state& key, time_point now);
    void note_held(key_state& key);
    void make_room();

    std::span<const rule> rules_;
    source& source_;
    const base::keyed_hash hash_;
    const std::size_t most_;
    boost::unordered_flat_map<name, std::unique_ptr<key_state>, name_hash> key_states_;
    base::intrusive_list<key_state> by_use_; // least recently used first
    base::intrusive_multiset<key_state, sooner> holding_;
};

} // namespace thalamus::limits
