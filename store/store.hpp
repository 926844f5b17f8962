#pragma once
// What the nodes of a cluster share: values with a lifetime, sets whose members have one, and the
// ledger of the rate limits. Two implementations: memory of this node (store/memory_store) and Redis
// (store/redis/redis_store), checked by one suite (tests/store).
//
// Every call belongs to the reactor that the store was made for. Its handler is called exactly once, on
// that reactor: during the call or later, at the latest when store.timeout has passed, with `unavailable`
// when the store goes. It must not throw. Keys come without the configured prefix; keys and values are
// any bytes, and need to live for the call only.

#include "policies/limits/ledger.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::store {

enum class failure : unsigned char {
    timeout,     ///< no reply in time, or the connection broke: it may have been carried out
    unavailable, ///< not connected, or the breaker is open: refused without asking
    refused      ///< an error reply (OOM, READONLY, a script error), or no room
};
std::string_view to_text(failure why);

template <class T>
using result = std::variant<T, failure>;
struct done {};

template <class T>
using handler = std::function<void(result<T>)>;

/// The ledger of rate limits: see policies/limits/ledger.hpp. Rules must outlive the call's handler.
class ledger {
public:
    virtual ~ledger() = default;

    virtual void take(std::string_view key, const limits::rule& by, limits::demand what,
                      handler<limits::grant> then) = 0;
    virtual void give_back(std::string_view key, const limits::rule& by, std::int64_t permits,
                           std::int64_t ends, handler<done> then) = 0;
    /// `ago`: how long ago the permits were granted.
    virtual void charge(std::string_view key, const limits::rule& by, std::int64_t permits,
                        limits::microseconds ago, handler<done> then) = 0;
};

using time_point = std::chrono::system_clock::time_point;
inline constexpr time_point never = time_point::max();

struct set_member {
    std::string member;
    time_point expires; ///< or never
};
struct set_page {
    std::vector<set_member> members; ///< in no order
    std::string next;                ///< the cursor of the next page; empty: this was the last
};

/// Sets whose members expire, by name. By the store's clock: Redis', or this node's; Redis rounds
/// times up to a millisecond. What failed with `timeout` may be called again: nothing counts twice.
class expiring_sets {
public:
    /// Of one set; more are `refused`, and so is a longer member.
    static constexpr std::size_t most_members = 100'000, longest_member = 4096;
    /// About so many members make a page, and so many expired ones are removed by a call at most.
    static constexpr std::size_t page_size = 100, swept = 100;

    virtual ~expiring_sets() = default;

    /// A member that is there already keeps the later of both times. One that has expired is none.
    virtual void add(std::string_view set, std::string_view member, time_point expires,
                     handler<done> then) = 0;
    virtual void remove(std::string_view set, std::string_view member, handler<done> then) = 0;
    /// From an empty cursor on until the next one is empty: every member that is there all the while
    /// comes at least once, those that come or go meanwhile may. A page may have none. A cursor is of
    /// use to this store only.
    virtual void scan(std::string_view set, std::string_view cursor, handler<set_page> then) = 0;
};

class store : public ledger, public expiring_sets {
public:
    /// Empty if there is none; what cannot be read as it was written is none.
    virtual void get(std::string_view key, handler<std::optional<std::string>> then) = 0;
    /// @pre lifetime above 0
    virtual void put(std::string_view key, std::string_view value,
                     std::chrono::milliseconds lifetime, handler<done> then) = 0;
    virtual void erase(std::string_view key, handler<done> then) = 0;

    /// Whether calls are carried out now, as far as is known; false while the breaker is open.
    virtual bool available() const = 0;
    /// Called on the store's reactor whenever available() has changed.
    virtual void on_availability(std::function<void(bool)> then) = 0;
};

} // namespace thalamus::store
