#include "actors/upstream/upstream.hpp"

#include "actors/messages.hpp"
#include "actors/upstream/balancing_key.hpp"
#include "actors/upstream/health_report.hpp"
#include "cluster/node.hpp"
#include "observe/program_log.hpp"

#include <algorithm>

namespace thalamus::actors {

upstream::upstream(reactor_context& context, std::size_t service)
    : context_(context),
      service_(service),
      settings_(context.node.plan.snapshot().services[service]),
      source_(*context.node.targets[service]),
      balancer_(settings_.balance),
      budget_(settings_.retry ? settings_.retry->budget : 0),
      bound_(settings_.per_target ? nullptr : make_bound()) {
    refresh_targets();
}

upstream::~upstream() {
    freeing_ = true; // no more connections are handed out
    requests_.clear_and_dispose([](upstream_request* r) { delete r; });
}

void upstream::handle(exchange_ptr exchange) {
    if (exchange->decided()) return;
    auto* r = new upstream_request(*this, std::move(exchange));
    requests_.push_back(*r);
    r->start();
}

void upstream::refresh_targets() {
    auto now = source_.current();
    if (!now || now == set_) return;
    set_ = std::move(now);
    views_.clear();
    std::vector<std::shared_ptr<net::connection_pool>> pools;
    for (const auto& t : set_->targets) {
        views_.push_back({t.id, t.weight, 0, true});
        const auto same = std::ranges::find_if(
            pools_, [&](const auto& pool) { return pool && pool->target() == t.address; });
        pools.push_back(
            same != pools_.end()
                ? *same
                : std::make_shared<net::connection_pool>(
                      context_.home, t.address, bound_ ? bound_ : make_bound(), settings_.idle,
                      [&context = context_, service = service_](int change) {
                          context.metrics.add(service, observe::service_gauge::connections_idle,
                                              change);
                      }));
    }
    pools_ = std::move(pools);
    balancer_.reset();
    connection_freed(); // new targets may have free connections
}

// The limit is for the node; each reactor gets its part of it, at least 1.
std::shared_ptr<net::connection_bound> upstream::make_bound() const {
    const std::size_t reactors = context_.node.plan.snapshot().node.reactors;
    const std::size_t max = settings_.max_connections;
    const std::size_t part = max / reactors + (context_.home.index() < max % reactors ? 1 : 0);
    return std::make_shared<net::connection_bound>(std::max<std::size_t>(1, part));
}

bool upstream::takes_more(std::size_t target, net::time_point now) const {
    return views_[target].weight > 0 && has_room(target) && set_->health.available(target, now);
}

bool upstream::any_takes_more() const {
    const auto now = context_.home.now();
    for (std::size_t i = 0; i < pools_.size(); ++i)
        if (takes_more(i, now)) return true;
    return false;
}

std::size_t upstream::pick(const exchange& of, std::span<const std::uint32_t> tried) {
    if (!set_) return balancing::balancer::none;
    const auto now = context_.home.now();
    bool room = false;
    for (std::size_t i = 0; i < views_.size(); ++i) {
        views_[i].available = set_->health.available(i, now);
        room = room || (takes_more(i, now) && std::ranges::find(tried, i) == tried.end());
    }
    // Prefer a target with a free connection to queueing, except under hash balancing, where the
    // key decides the target.
    if (room && !by_hash())
        for (std::size_t i = 0; i < views_.size(); ++i)
            views_[i].available = views_[i].available && has_room(i);
    return balancer_.pick(views_, tried, by_hash() ? balancing_key(of, settings_.hash_on) : 0,
                          context_.random);
}

bool upstream::connections_scarce() const {
    std::size_t lent = 0, max = 0;
    for (const auto& pool : pools_) {
        lent += pool->bound().lent();
        max += pool->bound().max();
    }
    return 2 * lent >= max;
}

void upstream::count(const target_set& set, std::size_t target, int change) {
    set.in_flight[target].fetch_add(static_cast<std::uint32_t>(change), std::memory_order_relaxed);
    if (&set == set_.get()) views_[target].in_flight += static_cast<std::uint32_t>(change);
}

std::chrono::seconds upstream::retry_after() const {
    if (!set_) return std::chrono::seconds{1};
    const auto now = context_.home.now();
    const auto soonest = set_->health.next_return(now);
    const auto fallback =
        settings_.health ? settings_.health->interval : config::milliseconds{1000};
    const auto wait = soonest ? *soonest - now : net::clock::duration(fallback);
    return std::max(std::chrono::seconds{1}, std::chrono::ceil<std::chrono::seconds>(wait));
}

bool upstream::wait(upstream_request& who) {
    if (waiting_count_ >= most_waiting) return false;
    ++waiting_count_;
    waiting_.push_back(who);
    context_.metrics.add(service_, observe::service_gauge::requests_waiting, 1);
    return true;
}

void upstream::stop_waiting(upstream_request& who) {
    if (!who.queue_hook::is_linked()) return;
    who.queue_hook::unlink();
    --waiting_count_;
    context_.metrics.add(service_, observe::service_gauge::requests_waiting, -1);
}

// Goes through the whole queue: the first request may want another target than the one with a free
// connection.
void upstream::connection_freed() {
    if (freeing_) return; // the loop below continues
    freeing_ = true;
    for (auto at = waiting_.begin(); at != waiting_.end() && any_takes_more();) {
        upstream_request& next = *at++; // may be destroyed below, but no other waiter
        next.resume_waiting();
    }
    freeing_ = false;
}

void upstream::report_success(target_set& set, std::size_t target) { set.health.succeeded(target); }

void upstream::report_failure(target_set& set, std::size_t target, std::string_view what) {
    if (!set.health.failed(target, context_.home.now())) return;
    context_.metrics.add(service_, observe::service_counter::ejections);
    observe::log(observe::log_level::warn, "service {}: target {} ejected ({})", settings_.name,
                 set.targets[target].text, what);
    if (context_.node.cluster) {
        const auto now = context_.home.now();
        const auto state = set.health.look(target, now);
        const auto until = std::chrono::system_clock::now() + (state.ejected_until - now);
        context_.node.cluster->publish(
            health_topic, health_report{settings_.name, set.targets[target].text, true, until});
    }
}

upstream_actor::upstream_actor(caf::actor_config& config, reactor_context& context,
                               std::size_t service)
    : net::pinned_actor(config),
      upstream_(std::make_unique<upstream>(context, service)) {}

caf::behavior upstream_actor::make_behavior() {
    return {
        [this](const exchange_ptr& exchange) { upstream_->handle(exchange); },
        [this](targets_changed) { upstream_->refresh_targets(); },
    };
}

} // namespace thalamus::actors
