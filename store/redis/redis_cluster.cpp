#include "config/addresses.hpp"
#include "store/redis/redis_enquirer.hpp"
#include "store/redis/redis_slots.hpp"
#include "store/redis/redis_topology.hpp"

#include "observe/program_log.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace thalamus::store {

namespace {

/// A link to each primary. The slot map is fetched at the start, when a reply or a broken link
/// shows that it has changed, and at intervals.
class cluster final : public redis_topology, redis_link::owner {
public:
    cluster(redis_context& context, redis_topology::owner& owner)
        : context_(context),
          owner_(owner),
          slots_(slot_count, nullptr),
          enquirer_(context, true),
          refresh_(context.home.timers(), base::bind<&cluster::refresh>(this)) {}

    void start() override { refresh(); }
    bool available() const override {
        return std::ranges::any_of(links_, [](const auto& l) { return l.second->usable(); });
    }
    redis_link* link_for(std::string_view key) override { return slots_[slot_of(key)]; }
    redis_link* follow(const redis_link& link, const redirection& target, bool for_good) override;
    void refresh_soon() override;

private:
    static constexpr std::chrono::milliseconds shortest_pause{100}, after_failure{500},
        regularly{5000};
    using link_map = std::map<std::string, std::unique_ptr<redis_link>>; // by "host:port"

    void on_link_changed() override { owner_.on_topology_changed(); }
    void on_link_down() override { refresh_soon(); }
    std::string probe_key(const redis_link& link) override;

    void refresh();
    void refreshed(const redisReply* slots, const std::string& error);
    /// A new link is not started yet.
    redis_link& link_to(link_map& in, const std::string& host, std::uint16_t port);
    std::vector<config::endpoint> known_servers();

    redis_context& context_;
    redis_topology::owner& owner_;
    link_map links_;
    std::vector<config::endpoint> servers_; // of links_
    std::vector<redis_link*> slots_;
    redis_enquirer enquirer_;
    net::timer refresh_;
    net::time_point refreshed_at_{};
};

redis_link& cluster::link_to(link_map& in, const std::string& host, std::uint16_t port) {
    const config::endpoint server{host, port};
    const auto name = to_text(server);
    if (const auto found = in.find(name); found != in.end()) return *found->second;
    std::unique_ptr<redis_link> link;
    if (const auto known = links_.find(name); known != links_.end()) {
        link = std::move(known->second);
        links_.erase(known);
    } else {
        servers_.push_back(server);
        link = std::make_unique<redis_link>(
            context_, static_cast<redis_link::owner&>(*this), name,
            std::make_unique<named_addresses>(context_.home, std::vector{server}));
    }
    return *in.emplace(name, std::move(link)).first->second;
}

redis_link* cluster::follow(const redis_link& link, const redirection& target, bool for_good) {
    const auto host = target.host.empty() ? link.address().address().to_string() : target.host;
    redis_link& next = link_to(links_, host, target.port);
    if (for_good && target.slot < slot_count) slots_[target.slot] = &next;
    next.start();
    return &next;
}

std::string cluster::probe_key(const redis_link& link) {
    const bool has_some = std::ranges::find(slots_, &link) != slots_.end();
    for (unsigned n = 0; has_some && n < 4 * slot_count; ++n) {
        auto key = context_.prefix + "probe:{" + std::to_string(n) + "}";
        if (slots_[slot_of(key)] == &link) return key;
    }
    return context_.prefix + "probe"; // it has no slot: MOVED counts as a reply too
}

// -- slot map -------------------------------------------------------------------------------------

void cluster::refresh_soon() {
    if (enquirer_.active()) return;
    refresh_.arm(std::max(context_.home.now(), refreshed_at_ + shortest_pause));
}

std::vector<config::endpoint> cluster::known_servers() {
    // Working servers first, then the others, the configured ones last.
    auto all = servers_;
    std::ranges::stable_partition(all, [&](const config::endpoint& server) {
        const auto found = links_.find(to_text(server));
        return found != links_.end() && found->second->usable();
    });
    const auto& configured = context_.settings.addresses;
    all.insert(all.end(), configured.begin(), configured.end());
    return all;
}

void cluster::refresh() {
    if (enquirer_.active()) return;
    refreshed_at_ = context_.home.now();
    enquirer_.query(
        known_servers(), {"CLUSTER", "SLOTS"},
        [](const redisReply& reply) -> std::string {
            const auto ranges = slot_ranges_of(reply);
            if (ranges && !ranges->empty()) return {};
            return ranges ? "the Redis Cluster serves no slots" : std::string(text_of(reply));
        },
        [this](const redisReply* reply, const std::string& error) { refreshed(reply, error); });
}

void cluster::refreshed(const redisReply* reply, const std::string& error) {
    refreshed_at_ = context_.home.now();
    if (!reply) {
        static observe::log_limit limit{1};
        observe::log_limited(limit, observe::log_level::warn,
                             "no node of the Redis Cluster returned the slot map: {}", error);
        refresh_.arm(refreshed_at_ + after_failure);
        return;
    }
    refresh_.arm(refreshed_at_ + regularly);
    link_map now;
    std::ranges::fill(slots_, nullptr);
    const auto ranges = slot_ranges_of(*reply);
    for (const auto& range : *ranges) {
        const auto host =
            range.host.empty() ? enquirer_.last_server().address().to_string() : range.host;
        redis_link& link = link_to(now, host, range.port);
        std::fill(slots_.begin() + range.first, slots_.begin() + range.last + 1, &link);
    }
    std::erase_if(servers_,
                  [&](const config::endpoint& server) { return !now.contains(to_text(server)); });
    const auto removed = std::exchange(links_, std::move(now));
    for (const auto& [name, link] : links_) link->start();
    owner_.on_topology_changed();
    // `gone` is destroyed last: handlers that wait for its servers may destroy this object.
}

} // namespace

std::unique_ptr<redis_topology> redis_cluster(redis_context& context,
                                              redis_topology::owner& owner) {
    return std::make_unique<cluster>(context, owner);
}

} // namespace thalamus::store
