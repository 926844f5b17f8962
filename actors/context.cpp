#include "actors/context.hpp"

#include "actors/identity/password_checker.hpp"
#include "actors/limits/reconciliation.hpp"
#include "actors/upstream/service_targets.hpp"
#include "policies/routing/gateway_plan.hpp"
#include "store/store.hpp"

namespace thalamus::actors {

node_context::node_context(const routing::gateway_plan& p, observe::access_log& log,
                           observe::metrics& m)
    : plan(p),
      access_log(log),
      metrics(m),
      auth_methods(p.snapshot()),
      credential_state(p.snapshot().consumers),
      limits(p.snapshot().rate_limits.begin(), p.snapshot().rate_limits.end()),
      limiters(p.snapshot().node.reactors),
      keys_fetched(auth_methods.key_sources.size()) {}

node_context::~node_context() = default;

reactor_context::reactor_context(net::reactor& r, node_context& n, std::uint64_t seed)
    : home(r),
      node(n),
      metrics(n.metrics.shard(r.index())),
      random(seed) {}

reactor_context::~reactor_context() = default;

} // namespace thalamus::actors
