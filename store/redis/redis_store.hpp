#pragma once
// The store in Redis: standalone, with Sentinels, or a Redis Cluster. Calls are pipelined; a call
// without a working server fails at once. Keys are the prefix and the caller's key; those of the
// ledger, of sets and of probes begin with "limit:", "set:" and "probe" after the prefix. Created
// and destroyed on its reactor; handlers may call it or destroy it.

#include "base/lifetime_token.hpp"
#include "store/redis/redis_call.hpp"
#include "store/redis/redis_topology.hpp"

namespace thalamus::store {

class redis_store final : public store, private redis_topology::owner, private redis_call::owner {
public:
    /// Starts to connect. @pre settings.redis. `counts` must outlive it.
    redis_store(net::reactor& home, const config::store_settings& settings, counters& counts);
    /// Waiting calls fail with `unavailable`.
    ~redis_store();

    void get(std::string_view key, handler<std::optional<std::string>> then) override;
    void put(std::string_view key, std::string_view value, std::chrono::milliseconds lifetime,
             handler<done> then) override;
    void erase(std::string_view key, handler<done> then) override;
    void take(std::string_view key, const limits::rule& rule, limits::demand demand,
              handler<limits::grant> then) override;
    void give_back(std::string_view key, const limits::rule& rule, std::int64_t permits,
                   std::int64_t ends, handler<done> then) override;
    void charge(std::string_view key, const limits::rule& rule, std::int64_t permits,
                limits::microseconds ago, handler<done> then) override;
    void add(std::string_view set, std::string_view member, time_point expires,
             handler<done> then) override;
    void remove(std::string_view set, std::string_view member, handler<done> then) override;
    void scan(std::string_view set, std::string_view cursor, handler<set_page> then) override;
    bool available() const override { return topology_ && topology_->available(); }
    void on_availability(std::function<void(bool)> then) override { on_change_ = std::move(then); }

private:
    using kind = redis_call::kind;
    void issue(kind type, std::string key, redis_call::receiver then, std::string_view value,
               const limits::rule* rule, std::int64_t a, std::int64_t b);
    void send(redis_link* link, std::unique_ptr<redis_call> call);
    void on_reply(std::unique_ptr<redis_call> call, const redisReply& reply) override;
    void redirect(std::unique_ptr<redis_call> call, const redisReply& reply, bool for_good);
    void on_topology_changed() override;
    void report_change();

    std::string key_of(std::string_view key) const { return context_.prefix + std::string(key); }

    redis_context context_;
    std::unique_ptr<redis_topology> topology_; // null during destruction
    std::function<void(bool)> on_change_;
    bool reported_ = false;         // the last value passed to on_change_
    bool report_posted_ = false;    // a notification is posted
    base::lifetime_token lifetime_; // for posted functions
};

} // namespace thalamus::store
