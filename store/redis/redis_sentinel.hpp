#pragma once
// The address of the primary that Sentinels watch, asked for and then asked again, so that a switch is
// noticed also where the old primary still answers.
// Owned by the link to the primary; one reactor's thread only.

#include "store/redis/redis_enquirer.hpp"

namespace thalamus::store {

class sentinel_addresses final : public redis_addresses {
public:
    static constexpr std::chrono::milliseconds watch_every{250};

    /// `on_switch`: the Sentinels name another primary than find() was told.
    sentinel_addresses(redis_context& context, std::function<void()> on_switch);
    void find(handler then) override;

private:
    void ask();
    void answered(const redisReply* reply, const std::string& error);
    void resolve(const config::endpoint& primary);
    void tell(const result& where);

    redis_context& context_;
    const std::function<void()> on_switch_;
    redis_enquirer enquirer_;
    handler then_;
    config::endpoint primary_; // that find() was told last
    std::unique_ptr<named_addresses> lookup_;
    bool resolving_ = false; // lookup_ is under way
    net::timer watch_;
};

} // namespace thalamus::store
