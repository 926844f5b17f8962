#pragma once
// The admin port: health, metrics, configuration, services, drain. Its connections are ordinary
// sessions whose exchanges go to this actor instead of the router. Admin exchanges are neither
// logged nor counted as traffic, and continue while the node drains.

#include "actors/context.hpp"
#include "actors/request/exchange.hpp"
#include "net/actor_runtime.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace thalamus::actors {

/// Endpoints of the admin port beyond the built-in ones: "POST /path" -> a function from the
/// request body to status and JSON. The functions run on the first reactor.
using admin_calls =
    std::map<std::string, std::function<std::pair<unsigned, std::string>(std::string_view body)>,
             std::less<>>;

struct admin_services {
    std::string version;         ///< of the program
    std::function<void()> drain; ///< called by POST /drain
    admin_calls more;
};

class admin_actor final : public net::pinned_actor {
public:
    admin_actor(caf::actor_config& config, reactor_context& context, admin_services services);
    caf::behavior make_behavior() override;
    const char* name() const override { return "admin"; }
    void on_exit() override;

private:
    void handle(const exchange_ptr& exchange);
    void call(const exchange_ptr& exchange, std::string_view body);
    bool authorized(const exchange& ex) const;
    void serve_ready(exchange& ex);
    void serve_metrics(const exchange_ptr& exchange);
    std::string routes_json() const;
    std::string services_json() const;
    std::string cluster_json() const;
    nlohmann::json troubles_of(const std::string& node) const;
    nlohmann::json own_troubles() const;

    reactor_context& context_;
    const admin_services services_;
    caf::actor metrics_writer_;
};

} // namespace thalamus::actors
