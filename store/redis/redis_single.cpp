#include "config/addresses.hpp"
#include "store/redis/redis_sentinel.hpp"
#include "store/redis/redis_topology.hpp"

namespace thalamus::store {

namespace {

using topology = config::redis_settings::topology;

class single final : public redis_topology, redis_link::owner {
public:
    single(redis_context& context, redis_topology::owner& owner)
        : owner_(owner),
          probe_key_(context.prefix + "probe"),
          link_(context, *this, name_of(context.settings), addresses_of(context, link_)) {}

    void start() override { link_.start(); }
    bool available() const override { return link_.usable(); }
    redis_link* link_for(std::string_view) override { return &link_; }
    redis_link* follow(const redis_link&, const redirection&, bool) override { return nullptr; }
    void refresh_soon() override {}

private:
    void on_link_changed() override { owner_.on_topology_changed(); }
    void on_link_down() override {}
    std::string probe_key(const redis_link&) override { return probe_key_; }

    static std::string name_of(const config::redis_settings& settings) {
        if (settings.type == topology::sentinel) return settings.primary;
        return to_text(settings.addresses.front());
    }
    /// `link` is not constructed yet.
    static std::unique_ptr<redis_addresses> addresses_of(redis_context& context, redis_link& link) {
        if (context.settings.type == topology::sentinel)
            return std::make_unique<sentinel_addresses>(
                context, [&link] { link.leave("the Sentinels report another primary"); });
        return std::make_unique<named_addresses>(context.home, context.settings.addresses);
    }

    redis_topology::owner& owner_;
    const std::string probe_key_;
    redis_link link_;
};

} // namespace

std::unique_ptr<redis_topology> one_primary(redis_context& context, redis_topology::owner& owner) {
    return std::make_unique<single>(context, owner);
}

} // namespace thalamus::store
