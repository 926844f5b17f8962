#include "actors/upstream.hpp"

#include "actors/keys.hpp"
#include "actors/messages.hpp"

#include <algorithm>

namespace thalamus::actors {

upstream::upstream(reactor_context& context, std::size_t service)
    : context_(context), service_(service),
      settings_(context.node.plan.snapshot().services[service]),
      source_(*context.node.targets[service]), balancer_(settings_.balance),
      budget_(settings_.retry ? settings_.retry->budget : 0) {
    refresh_targets();
}

upstream::~upstream() {
    waiting_.clear();
    relays_.clear_and_dispose([](relay* r) { delete r; });
}

void upstream::handle(baton exchange) {
    if (exchange->over()) return;
    auto* r = new relay(*this, std::move(exchange));
    relays_.push_back(*r);
    context_.metrics.add(service_, observe::service_gauge::requests_in_flight, 1);
    r->start();
}

void upstream::refresh_targets() {
    auto now = source_.current();
    if (!now || now == set_) return;
    set_ = std::move(now);
    views_.clear();
    std::vector<std::shared_ptr<net::connection_pool>> pools;
    // The bound counts for the node; each reactor has its part of it.
    const std::size_t sharers =
        context_.node.plan.snapshot().node.reactors *
        (settings_.per_target ? 1 : std::max<std::size_t>(1, set_->targets.size()));
    const std::size_t max =
        std::max<std::size_t>(1, (settings_.max_connections + sharers - 1) / sharers);
    for (const auto& t : set_->targets) {
        views_.push_back({t.id, t.weight, 0, true});
        const auto same = std::ranges::find_if(
            pools_, [&](const auto& pool) { return pool && pool->target() == t.address; });
        pools.push_back(same != pools_.end()
                            ? *same
                            : std::make_shared<net::connection_pool>(
                                  context_.home, t.address, max, settings_.idle,
                                  [&context = context_, service = service_](int change) {
                                      context.metrics.add(
                                          service, observe::service_gauge::connections_idle, change);
                                  }));
    }
    pools_ = std::move(pools);
    balancer_.reset();
}

std::size_t upstream::pick(const exchange& of, std::span<const std::uint32_t> tried) {
    if (!set_) return policies::balancer::none;
    const auto now = context_.home.now();
    for (std::size_t i = 0; i < views_.size(); ++i)
        views_[i].available = set_->health.available(i, now);
    const std::uint64_t key =
        settings_.balance == config::balance_by::hash ? hash_key(of, settings_.hash_on) : 0;
    return balancer_.pick(views_, tried, key, context_.random);
}

bool upstream::connections_scarce() const {
    std::size_t lent = 0, max = 0;
    for (const auto& pool : pools_) {
        lent += pool->lent();
        max += pool->max();
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
    const auto fallback = settings_.health ? settings_.health->interval : config::milliseconds{1000};
    const auto wait = soonest ? *soonest - now : net::clock::duration(fallback);
    return std::max(std::chrono::seconds{1}, std::chrono::ceil<std::chrono::seconds>(wait));
}

bool upstream::wait(relay& who) {
    if (waiting_.size() >= most_waiting) return false;
    waiting_.push_back(&who);
    context_.metrics.add(service_, observe::service_gauge::requests_waiting, 1);
    return true;
}

void upstream::stop_waiting(relay& who) {
    const auto at = std::ranges::find(waiting_, &who);
    if (at == waiting_.end()) return;
    waiting_.erase(at);
    context_.metrics.add(service_, observe::service_gauge::requests_waiting, -1);
}

void upstream::connection_freed() {
    if (freeing_) return; // the loop below goes on
    freeing_ = true;
    while (!waiting_.empty()) {
        relay* next = waiting_.front();
        waiting_.pop_front();
        if (!next->resume_waiting()) {
            waiting_.push_front(next);
            break;
        }
        context_.metrics.add(service_, observe::service_gauge::requests_waiting, -1);
    }
    freeing_ = false;
}

void upstream::finished(relay& who) {
    context_.metrics.add(service_, observe::service_gauge::requests_in_flight, -1);
    delete &who;
}

void upstream::report_success(target_set& set, std::size_t target) { set.health.succeeded(target); }

void upstream::report_failure(target_set& set, std::size_t target) {
    if (set.health.failed(target, context_.home.now()))
        context_.metrics.add(service_, observe::service_counter::ejections);
}

upstream_actor::upstream_actor(caf::actor_config& config, reactor_context& context,
                               std::size_t service)
    : net::pinned_actor(config), upstream_(std::make_unique<upstream>(context, service)) {}

caf::behavior upstream_actor::make_behavior() {
    return {
        [this](const baton& exchange) { upstream_->handle(exchange); },
        [this](targets_changed) { upstream_->refresh_targets(); },
    };
}

} // namespace thalamus::actors
