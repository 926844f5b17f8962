#pragma once
// All that one reactor needs to reach a service: balancer, connection pools, retry budget, and the
// upstream requests in flight or waiting for a connection. Owned by an upstream_actor. If that
// actor ends, every exchange in flight here gets 503, or is aborted if its response has begun, and
// the supervisor starts a new actor. That reactor's thread only.

#include "actors/context.hpp"
#include "actors/request/exchange.hpp"
#include "actors/upstream/service_targets.hpp"
#include "actors/upstream/upstream_request.hpp"
#include "net/actor_runtime.hpp"
#include "net/connection_pool.hpp"
#include "policies/balancing/balancer.hpp"
#include "policies/balancing/retry.hpp"

#include <memory>
#include <vector>

namespace thalamus::actors {

class upstream {
public:
    upstream(reactor_context& context, std::size_t service);
    ~upstream();

    void handle(exchange_ptr exchange);
    /// The names of the service may resolve to other addresses now.
    void refresh_targets();

    // -- for upstream requests -------------------------------------------------------------------
    reactor_context& context() { return context_; }
    const config::service_settings& settings() const { return settings_; }
    std::size_t service() const { return service_; }
    const std::shared_ptr<target_set>& targets() const { return set_; }
    /// Picks a target. Returns its index, or balancer::none if none is available.
    std::size_t pick(const exchange& of, std::span<const std::uint32_t> tried);
    const std::shared_ptr<net::connection_pool>& pool(std::size_t target) { return pools_[target]; }
    /// At least half of the allowed connections are in use: none should wait for a slow client.
    bool connections_scarce() const;
    /// Adds `change` to the requests in flight at a target of `set`.
    void count(const target_set& set, std::size_t target, int change);
    /// Lower bound until a target is available again; for Retry-After.
    std::chrono::seconds retry_after() const;
    balancing::retry_budget& budget() { return budget_; }
    bool by_hash() const { return settings_.balance == config::balance_by::hash; }
    /// Queues an upstream request for a connection. Returns false if the queue is full.
    bool wait(upstream_request& who);
    /// Removes it from the queue, if it is there.
    void stop_waiting(upstream_request& who);
    /// A connection was returned or closed: the next in the queue may use it.
    void connection_freed();
    void report_success(target_set& set, std::size_t target);
    /// `what` is logged if the failure ejects the target.
    void report_failure(target_set& set, std::size_t target, std::string_view what);

private:
    static constexpr std::size_t most_waiting = 1024;

    std::shared_ptr<net::connection_bound> make_bound() const;
    bool has_room(std::size_t target) const { return !pools_[target]->bound().exhausted(); }
    /// The target has a weight, is available, and may get one more connection.
    bool takes_more(std::size_t target, net::time_point now) const;
    bool any_takes_more() const;

    reactor_context& context_;
    const std::size_t service_;
    const config::service_settings& settings_;
    service_targets& source_;
    std::shared_ptr<target_set> set_;
    std::vector<balancing::target_view> views_;
    std::vector<std::shared_ptr<net::connection_pool>> pools_; // by target; requests share theirs
    balancing::balancer balancer_;
    balancing::retry_budget budget_;
    std::shared_ptr<net::connection_bound> bound_; // for the whole service; null: one per target
    base::intrusive_list<upstream_request> requests_;
    base::intrusive_list<upstream_request, connection_queue> waiting_;
    std::size_t waiting_count_ = 0;
    bool freeing_ = false;
};

/// The actor around an upstream: one per service and reactor.
class upstream_actor final : public net::pinned_actor {
public:
    upstream_actor(caf::actor_config& config, reactor_context& context, std::size_t service);
    caf::behavior make_behavior() override;
    const char* name() const override { return "upstream"; }
    void on_exit() override { upstream_.reset(); }

private:
    std::unique_ptr<upstream> upstream_;
};

} // namespace thalamus::actors
