#pragma once
// The address of the primary that Sentinels monitor. They are queried again at intervals, so that a
// switch is noticed even while the old primary still replies. Owned by the link to the primary; one
// reactor's thread only.

#include "store/redis/redis_enquirer.hpp"

namespace thalamus::store {

class sentinel_addresses final : public redis_addresses {
public:
    static constexpr std::chrono::milliseconds watch_every{250};

    /// `on_switch`: the Sentinels report a primary other than the last result of find().
    sentinel_addresses(redis_context& context, std::function<void()> on_switch);
    void find(handler then) override;

private:
    void query();
    void on_reply(const redisReply* reply, const std::string& error);
    void resolve(const config::endpoint& primary);
    void report(const result& addresses);

    redis_context& context_;
    const std::function<void()> on_switch_;
    redis_enquirer enquirer_;
    handler then_;
    config::endpoint primary_; // the last result of find()
    std::unique_ptr<named_addresses> lookup_;
    bool resolving_ = false; // lookup_ is in progress
    net::timer watch_;
};

} // namespace thalamus::store
