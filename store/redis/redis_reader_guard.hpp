#pragma once
// hiredis trusts its server: an unrequested reply fails an assertion of its asynchronous API
// (async.c, "the context must be subscribed"), and lengths are allocated as claimed. Here the
// reader's functions that create reply objects reject both, which breaks the connection instead.

#include <hiredis/async.h>

#include <cstddef>

namespace thalamus::store {

class reply_account {
public:
    /// Whether a reply is expected.
    virtual bool reply_due() const = 0;

protected:
    ~reply_account() = default;
};

/// To be called before the first read. `account` must outlive the context.
void guard_reader(redisAsyncContext& context, const reply_account& account);

/// Limits for one reply, and for what has arrived of it. Larger ones break the connection.
inline constexpr std::size_t largest_reply = std::size_t{64} << 20;
inline constexpr std::size_t largest_array = std::size_t{1} << 16;

} // namespace thalamus::store
