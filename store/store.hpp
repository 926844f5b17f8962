#pragma once
// What the nodes of a cluster share: values with a lifetime, sets with expiring members, and the
// ledger of the rate limits. Two implementations: memory of this node (store/memory_store) and
// Redis (store/redis/redis_store), checked by one suite (tests/store).
//
// Every call belongs to the reactor for which the store was made. Its handler is called exactly
// once, on that reactor: during the call or later, at the latest after store.timeout, or with
// `unavailable` when the store is destroyed. It must not throw. Keys are given without the
// configured prefix; keys and values may be any bytes, and need to live only for the call.

#include "policies/limits/ledger.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::store {

enum class failure : unsigned char {
    timeout,     ///< no reply in time, or the connection broke: it may have been executed
    unavailable, ///< not connected, or the breaker is open: not sent
    refused      ///< an error reply (OOM, READONLY, a script error), or no room
};
std::string_view to_text(failure reason);

template <class T>
using result = std::variant<T, failure>;
struct done {};

template <class T>
using handler = std::function<void(result<T>)>;

/// The ledger of rate limits: see policies/limits/ledger.hpp. A rule must outlive the call's
/// handler.
class ledger {
public:
    virtual ~ledger() = default;

    virtual void take(std::string_view key, const limits::rule& rule, limits::demand demand,
                      handler<limits::grant> then) = 0;
    virtual void give_back(std::string_view key, const limits::rule& rule, std::int64_t permits,
                           std::int64_t ends, handler<done> then) = 0;
    /// `ago`: how long ago the permits were granted.
    virtual void charge(std::string_view key, const limits::rule& rule, std::int64_t permits,
                        limits::microseconds ago, handler<done> then) = 0;
};

using time_point = std::chrono::system_clock::time_point;
inline constexpr time_point never = time_point::max();

struct set_member {
    std::string member;
    time_point expires; ///< or `never`
};
struct set_page {
    std::vector<set_member> members; ///< unordered
    std::string next;                ///< the cursor of the next page; empty on the last page
};

/// Named sets whose members expire by the store's clock: Redis', or this node's; Redis rounds times
/// up to a millisecond. A call that failed with `timeout` may be repeated: nothing counts twice.
class expiring_sets {
public:
    /// Limits for one set: more members are `refused`, and so is a longer member.
    static constexpr std::size_t most_members = 100'000, longest_member = 4096;
    /// The approximate size of a page, and the most expired members that a call removes.
    static constexpr std::size_t page_size = 100, swept = 100;

    virtual ~expiring_sets() = default;

    /// A member that already exists keeps the later of both times. Expired members do not exist.
    virtual void add(std::string_view set, std::string_view member, time_point expires,
                     handler<done> then) = 0;
    virtual void remove(std::string_view set, std::string_view member, handler<done> then) = 0;
    /// Scans from an empty cursor until the next cursor is empty. Every member that exists
    /// throughout is returned at least once; members that are added or removed meanwhile may be. A
    /// page may be empty. A cursor is valid only for this store.
    virtual void scan(std::string_view set, std::string_view cursor, handler<set_page> then) = 0;
};

class store : public ledger, public expiring_sets {
public:
    /// Empty if there is none; a value that cannot be read as it was written counts as none.
    virtual void get(std::string_view key, handler<std::optional<std::string>> then) = 0;
    /// @pre lifetime above 0
    virtual void put(std::string_view key, std::string_view value,
                     std::chrono::milliseconds lifetime, handler<done> then) = 0;
    virtual void erase(std::string_view key, handler<done> then) = 0;

    /// Whether the store is believed reachable; false while the breaker is open.
    virtual bool available() const = 0;
    /// Called on the store's reactor whenever available() has changed.
    virtual void on_availability(std::function<void(bool)> then) = 0;
};

} // namespace thalamus::store
