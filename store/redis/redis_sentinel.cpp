#include "store/redis/redis_sentinel.hpp"

#include "observe/program_log.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace thalamus::store {

namespace {

std::optional<config::endpoint> primary_of(const redisReply& reply) {
    const auto* const host = element_of(reply, 0);
    const auto* const port = element_of(reply, 1);
    if (!host || !port || !string_of(*host) || !string_of(*port)) return std::nullopt;
    config::endpoint primary{std::string(*string_of(*host))};
    if (!read_number(*string_of(*port), primary.port)) return std::nullopt;
    return primary;
}

} // namespace

sentinel_addresses::sentinel_addresses(redis_context& context, std::function<void()> on_switch)
    : context_(context),
      on_switch_(std::move(on_switch)),
      enquirer_(context, false),
      watch_(context.home.timers(), base::bind<&sentinel_addresses::query>(this)) {}

void sentinel_addresses::find(handler then) {
    then_ = std::move(then);
    query();
}

void sentinel_addresses::query() {
    if (enquirer_.active()) return; // its reply will do
    auto sentinels = context_.settings.addresses;
    std::ranges::rotate(sentinels,
                        sentinels.begin() +
                            context_.random.below(static_cast<std::uint32_t>(sentinels.size())));
    enquirer_.query(
        std::move(sentinels), {"SENTINEL", "get-master-addr-by-name", context_.settings.primary},
        [this](const redisReply& reply) -> std::string {
            if (primary_of(reply)) return {};
            if (reply.type == REDIS_REPLY_NIL)
                return fmt::format("this Sentinel does not monitor a primary named {}: correct "
                                   "store.redis.primary",
                                   context_.settings.primary);
            return std::string(text_of(reply));
        },
        [this](const redisReply* reply, const std::string& error) { on_reply(reply, error); });
}

void sentinel_addresses::on_reply(const redisReply* reply, const std::string& error) {
    watch_.arm(context_.home.now() + watch_every);
    if (!reply) {
        static observe::log_limit limit{1};
        observe::log_limited(limit, observe::log_level::warn,
                             "no Sentinel returned the primary: {}", error);
        if (then_) report({{}, "no Sentinel returned the primary: " + error});
        return;
    }
    const auto primary = *primary_of(*reply);
    const bool same = primary.host == primary_.host && primary.port == primary_.port;
    if (resolving_ && same) return; // a slow look-up must not be restarted again and again
    if (then_) return resolve(primary);
    if (!same) on_switch_();
}

void sentinel_addresses::resolve(const config::endpoint& primary) {
    primary_ = primary;
    resolving_ = true;
    lookup_ = std::make_unique<named_addresses>(context_.home, std::vector{primary});
    lookup_->find([this](const result& addresses) {
        resolving_ = false;
        report(addresses);
    });
}

void sentinel_addresses::report(const result& addresses) {
    if (const auto then = std::exchange(then_, nullptr)) then(addresses);
}

} // namespace thalamus::store
