#pragma once
// What the nodes of a cluster share: values with a lifetime, and the ledger of the rate limits. Two
// implementations: memory of this node (store/memory_store) and Redis (store/redis_store), checked by
// one suite (tests/store).
//
// Every call belongs to the reactor that the store was made for. Its handler is called exactly once, on
// that reactor: during the call or later, at the latest when store.timeout has passed, with `unavailable`
// when the store goes. It must not throw. Keys come without the configured prefix; keys and values are
// any bytes, and need to live for the call only.

#include "limits/ledger.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace thalamus::store {

enum class failure : unsigned char {
    timeout,     ///< no reply in time, or the connection broke: it may have been carried out
    unavailable, ///< not connected, or the breaker is open: refused without asking
    refused      ///< an error reply (OOM, READONLY, a script error)
};
std::string_view to_text(failure why);

template <class T>
using result = std::variant<T, failure>;
struct done {};

template <class T>
using handler = std::function<void(result<T>)>;

/// The ledger of rate limits: see limits/ledger.hpp. Rules must outlive the call's handler.
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

class store : public ledger {
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
