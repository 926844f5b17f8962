#pragma once
// The state that actors share: node_context, one per process (immutable or atomic, for any thread,
// except where noted), and reactor_context, one per reactor (for that reactor's thread only).

#include "actors/upstream/health_report.hpp"
#include "base/intrusive_list.hpp"
#include "base/keyed_hash.hpp"
#include "base/random.hpp"
#include "http/date.hpp"
#include "net/reactor.hpp"
#include "observe/metrics.hpp"
#include "policies/auth/auth_methods.hpp"
#include "policies/auth/credential_state.hpp"
#include "policies/limits/rule.hpp"
#include "policies/routing/gateway_plan.hpp"

#include <caf/actor.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace thalamus::cluster {
class node;
}
namespace thalamus::limits {
class fallback_quota;
}
namespace thalamus::observe {
class access_log;
}
namespace thalamus::store {
class store;
}

namespace thalamus::actors {

class password_checker;
class reconciliation;
class service_targets;

/// A client or admin connection as a drain sees it. Unlinks itself when it ends.
class open_connection : public base::list_hook<> {
public:
    /// Closes the connection after its next response.
    virtual void drain() = 0;
    virtual void close_if_idle() = 0;
    virtual caf::actor handle() = 0;

protected:
    ~open_connection() = default;
};

/// Counts one object, such as a connection, for as long as this guard lives.
class counter_guard {
public:
    explicit counter_guard(std::atomic<std::uint32_t>& of)
        : of_(&of),
          number_(of.fetch_add(1, std::memory_order_relaxed) + 1) {}
    counter_guard(counter_guard&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)),
          number_(other.number_) {}
    counter_guard& operator=(counter_guard&&) = delete;
    ~counter_guard() {
        if (of_) of_->fetch_sub(1, std::memory_order_relaxed);
    }
    /// The count when this object was added, including this object.
    std::uint32_t number() const { return number_; }

private:
    std::atomic<std::uint32_t>* of_;
    std::uint32_t number_;
};

/// The actors of one kind, one per reactor, for use by other reactors. Any thread.
class reactor_actors {
public:
    explicit reactor_actors(unsigned reactors) : actors_(reactors) {}
    std::size_t size() const { return actors_.size(); }
    /// Null before the actor is spawned and after it has ended for good.
    caf::actor get(unsigned reactor) const {
        const std::lock_guard lock(mutex_);
        return actors_[reactor];
    }
    void set(unsigned reactor, caf::actor who) {
        const std::lock_guard lock(mutex_);
        actors_[reactor] = std::move(who);
    }

private:
    mutable std::mutex mutex_;
    std::vector<caf::actor> actors_;
};

struct node_context {
    node_context(const routing::gateway_plan& p, observe::access_log& log, observe::metrics& m);
    ~node_context();

    const routing::gateway_plan& plan;
    observe::access_log& access_log;
    observe::metrics& metrics;
    /// By index into snapshot::services.
    std::vector<std::unique_ptr<service_targets>> targets;
    const auth::auth_methods auth_methods;
    auth::credential_state credential_state;
    std::unique_ptr<password_checker> passwords; ///< null if no consumer has a password
    const std::vector<limits::rule> limits;      ///< by index into snapshot::rate_limits
    reactor_actors limiters;
    cluster::node* cluster = nullptr;          ///< null without a cluster
    class health_views health_views;           ///< for the first reactor only
    caf::actor limit_mode_coordinator;         ///< set before any limiter is spawned
    caf::actor jwks_manager, credential_store; ///< set before any authenticator is spawned
    /// When each issuer's keys were fetched; the epoch means never. By index into
    /// auth_methods.key_sources.
    std::vector<std::atomic<std::chrono::system_clock::time_point>> keys_fetched;
    const base::keyed_hash key_hash;
    std::atomic<std::uint32_t> connections{0}; ///< from clients, for limits.connections
    std::atomic<std::uint32_t> admin_connections{0};
    std::atomic<std::uint32_t> open_listeners{0}; ///< for client connections
    std::atomic<std::uint32_t> exchanges{0};      ///< in flight: a drain waits for them
    std::atomic<bool> draining{false};
    /// The store was reached, or counts as lost, and every rate limiter has been told.
    std::atomic<bool> limits_ready{false};
};

using connection_list = base::intrusive_list<open_connection>;

struct reactor_context {
    reactor_context(net::reactor& r, node_context& n, std::uint64_t seed);
    ~reactor_context();

    net::reactor& home;
    node_context& node;
    observe::metrics_shard& metrics;
    base::xoshiro256 random;
    /// The stage actors of this reactor, kept current by the supervisor. Null once they have ended
    /// for good.
    caf::actor router;
    caf::actor authenticator;
    caf::actor rate_limiter;
    std::vector<caf::actor> upstreams; ///< by index into snapshot::services
    caf::actor admin;                  ///< on the first reactor only
    // These outlive store and limiter.
    std::unique_ptr<limits::fallback_quota> fallback_quota;
    std::unique_ptr<reconciliation> quota_reconciliation;
    std::unique_ptr<store::store> store;
    connection_list connections;
    bool ending = false; ///< the process ends: new connections end at once

    /// The current value of the Date field.
    std::string_view date() {
        const auto second = std::chrono::time_point_cast<std::chrono::seconds>(home.now());
        if (second != date_second_) {
            date_second_ = second;
            date_ = http::to_http_date(std::chrono::system_clock::now());
        }
        return date_.view();
    }

private:
    std::chrono::time_point<net::clock, std::chrono::seconds> date_second_{};
    http::http_date date_;
};

} // namespace thalamus::actors
