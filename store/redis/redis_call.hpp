#pragma once
// One call of the store on its way to Redis and back: what to send, again if need be, and who waits.

#include "store/counters.hpp"
#include "store/redis/redis_connection.hpp"
#include "store/redis/redis_sets.hpp"

#include <variant>

namespace thalamus::store {

class redis_link;

class redis_call final : public redis_request {
public:
    enum class kind : unsigned char { get, put, erase, take, give_back, charge, add, remove, scan };
    using receiver = std::variant<handler<std::optional<std::string>>, handler<done>,
                                  handler<limits::grant>, handler<set_page>>;
    class owner {
    public:
        virtual void on_reply(std::unique_ptr<redis_call> to, const redisReply& reply) = 0;

    protected:
        ~owner() = default;
    };

    redis_call(owner& who, counters& counts, kind what, std::string key, receiver then)
        : what(what),
          key(std::move(key)),
          owner_(who),
          counts_(counts),
          then_(std::move(then)) {}

    const kind what;
    const std::string key; ///< with the prefix
    std::string value;     ///< of put; of a set: the member, or the cursor
    const limits::rule* by = nullptr;
    /// put: lifetime in milliseconds; ledger: see add_arguments(); add: the score
    std::int64_t a = 0, b = 0;
    net::time_point deadline{};
    redis_link* via = nullptr;
    std::uint64_t number = 0;     ///< of the command, as `via` counts
    std::uint64_t connection = 0; ///< of `via`
    bool whole_script = false;    ///< else by its hash
    unsigned unknown_scripts = 0; ///< replies that the server does not know it
    bool redirected = false;
    bool asking = false; ///< `via` is just taking over the slot, and answers only after ASKING

    /// Null if it is a plain command.
    const redis_script* script() const;
    void add_words(redis_command& to) const;
    /// Hands the reply's content to who waits.
    void deliver(const redisReply& reply);
    void on_failure(failure why) override;

private:
    void on_reply(std::unique_ptr<redis_request> self, const redisReply& reply) override;

    owner& owner_;
    counters& counts_; // outlives the owner
    receiver then_;
};

} // namespace thalamus::store
