#pragma once
// One call of the store on its way to Redis and back: what to send, also repeatedly, and the
// handler.

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
        virtual void on_reply(std::unique_ptr<redis_call> call, const redisReply& reply) = 0;

    protected:
        ~owner() = default;
    };

    redis_call(owner& owner, counters& counts, kind type, std::string key, receiver then)
        : type(type),
          key(std::move(key)),
          owner_(owner),
          counts_(counts),
          then_(std::move(then)) {}

    const kind type;
    const std::string key; ///< with the prefix
    std::string value;     ///< for put; for sets: the member, or the cursor
    const limits::rule* rule = nullptr;
    /// put: lifetime in milliseconds; ledger: see add_arguments(); add: the score
    std::int64_t a = 0, b = 0;
    net::time_point deadline{};
    redis_link* via = nullptr;
    std::uint64_t number = 0;     ///< of the command, as counted by `via`
    std::uint64_t connection = 0; ///< number of the connection of `via`
    bool whole_script = false;    ///< otherwise by its hash
    unsigned unknown_scripts = 0; ///< replies that the server does not have it
    bool redirected = false;
    bool asking = false; ///< `via` is still importing the slot, and replies only after ASKING

    /// Null for a plain command.
    const redis_script* script() const;
    void add_words(redis_command& command) const;
    /// Passes the reply's content to the handler.
    void deliver(const redisReply& reply);
    void on_failure(failure reason) override;

private:
    void on_reply(std::unique_ptr<redis_request> self, const redisReply& reply) override;

    owner& owner_;
    counters& counts_; // outlives the owner
    receiver then_;
};

} // namespace thalamus::store
