#pragma once
// What actors share: node_context once per process (immutable or atomic: any thread), and
// reactor_context once per reactor (that reactor's thread only).

#include "actors/service_targets.hpp"
#include "http/date.hpp"
#include "http/random.hpp"
#include "net/reactor.hpp"
#include "observe/access_log.hpp"
#include "observe/metrics.hpp"
#include "policies/gateway_plan.hpp"

#include <boost/intrusive/list.hpp>
#include <caf/actor.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace thalamus::actors {

/// A client's connection as a drain sees it. Unlinks itself when it ends.
class client_connection
    : public boost::intrusive::list_base_hook<
          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    /// The next answer is the last.
    virtual void drain() = 0;
    virtual void close_if_idle() = 0;
    virtual caf::actor handle() = 0;

protected:
    ~client_connection() = default;
};

struct node_context {
    node_context(const policies::gateway_plan& p, observe::access_log& log, observe::metrics& m)
        : plan(p), access_log(log), metrics(m) {}

    const policies::gateway_plan& plan;
    observe::access_log& access_log;
    observe::metrics& metrics;
    /// By index into snapshot::services.
    std::vector<std::unique_ptr<service_targets>> targets;
    std::atomic<std::uint32_t> connections{0}; ///< of clients, for limits.connections
    std::atomic<std::uint32_t> exchanges{0};   ///< in flight: a drain waits for them
    std::atomic<bool> draining{false};
};

using connection_list =
    boost::intrusive::list<client_connection, boost::intrusive::constant_time_size<false>>;

struct reactor_context {
    reactor_context(net::reactor& r, node_context& n, std::uint64_t seed)
        : home(r), node(n), metrics(n.metrics.shard(r.index())), random(seed) {}

    net::reactor& home;
    node_context& node;
    observe::metrics_shard& metrics;
    http::xoshiro256 random;
    /// The stage actors of this reactor; the supervisor keeps them current.
    caf::actor router;
    std::vector<caf::actor> upstreams; ///< by index into snapshot::services
    connection_list connections;

    /// The Date field's value for now.
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
