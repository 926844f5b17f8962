#pragma once
// What one reactor needs to reach a service: balancer, connection pools, retry budget, the relays
// under way and those that wait for a connection. An actor owns one (upstream_actor); if that ends,
// every exchange under way here is answered 503 and the supervisor makes another.
// That reactor's thread only.

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

    void handle(baton exchange);
    /// The service's names stand for other addresses now.
    void refresh_targets();

    // -- for relays ------------------------------------------------------------------------------
    reactor_context& context() { return context_; }
    const config::service_settings& settings() const { return settings_; }
    std::size_t service() const { return service_; }
    const std::shared_ptr<target_set>& targets() const { return set_; }
    /// Index of a target, or balancer::none if none is available.
    std::size_t pick(const exchange& of, std::span<const std::uint32_t> tried);
    const std::shared_ptr<net::connection_pool>& pool(std::size_t target) { return pools_[target]; }
    /// Half of the connections that may be open are lent: none should wait for a slow client.
    bool connections_scarce() const;
    /// Requests in flight at a target of `set`, one more or less.
    void count(const target_set& set, std::size_t target, int change);
    /// How long an available target is surely away; for Retry-After.
    std::chrono::seconds retry_after() const;
    balancing::retry_budget& budget() { return budget_; }
    bool by_hash() const { return settings_.balance == config::balance_by::hash; }
    /// Puts a relay in line for a connection; false if the line is full.
    bool wait(relay& who);
    /// Takes it out of the line, if it is there.
    void stop_waiting(relay& who);
    /// A connection was given back or closed: the next in line may have it.
    void connection_freed();
    void report_success(target_set& set, std::size_t target);
    /// `what` for the log, if the target is ejected for it.
    void report_failure(target_set& set, std::size_t target, std::string_view what);

private:
    static constexpr std::size_t most_waiting = 1024;

    std::shared_ptr<net::connection_bound> make_bound() const;
    bool has_room(std::size_t target) const { return !pools_[target]->bound().exhausted(); }
    /// It gets traffic, is available and has room.
    bool takes_more(std::size_t target, net::time_point now) const;
    bool any_takes_more() const;

    reactor_context& context_;
    const std::size_t service_;
    const config::service_settings& settings_;
    service_targets& source_;
    std::shared_ptr<target_set> set_;
    std::vector<balancing::target_view> views_;
    std::vector<std::shared_ptr<net::connection_pool>> pools_; // by target; relays share theirs
    balancing::balancer balancer_;
    balancing::retry_budget budget_;
    std::shared_ptr<net::connection_bound> bound_; // of the whole service; null: of each target
    boost::intrusive::list<relay, boost::intrusive::constant_time_size<false>> relays_;
    boost::intrusive::list<
        relay,
        boost::intrusive::member_hook<relay, decltype(relay::waiting_hook), &relay::waiting_hook>,
        boost::intrusive::constant_time_size<false>>
        waiting_;
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
