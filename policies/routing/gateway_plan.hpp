#pragma once
// A snapshot prepared for serving: the route table, and per route the decisions that would
// otherwise be made for every request. Created once per snapshot, then immutable; any thread.

#include "config/snapshot.hpp"
#include "http/cors.hpp"
#include "http/forwarding.hpp"
#include "http/header_plan.hpp"
#include "http/local_response.hpp"
#include "policies/routing/route_table.hpp"

#include <optional>
#include <vector>

namespace thalamus::routing {

struct route_plan {
    const config::route_settings* settings = nullptr;
    std::chrono::milliseconds timeout{0};
    std::uint64_t body_limit = 0;
    http::header_plan response_edits;
    std::optional<http::cors_policy> cors;
    std::vector<http::own_field> respond_fields;   ///< respond action only
    std::string limit_policy;                      ///< RateLimit-Policy for all limits of the route
    std::vector<config::credential_source> hidden; ///< hide_credentials only
    /// Indexed by position in the split, or [0] for a single service.
    std::vector<http::forward_plan> forward;

    const http::cors_policy* cors_or_null() const { return cors ? &*cors : nullptr; }
};

/// Appends the RateLimit-Policy item of a limit; nothing if the limit is a `dry_run`.
void append_policy_of(const config::rate_limit_settings& limit, std::string& out);

class gateway_plan {
public:
    explicit gateway_plan(config::snapshot_ptr snapshot);

    const config::snapshot& snapshot() const { return *snapshot_; }
    const route_table& table() const { return table_; }
    const route_plan& route(std::size_t index) const { return routes_[index]; }
    /// Query parameters from which any auth method reads a credential. Logs hide them on all
    /// routes.
    const std::vector<config::credential_source>& query_credentials() const {
        return query_credentials_;
    }
    /// Headers with which external auth services pass the identity to targets (`copy` of
    /// `forward`), in lower case. They are removed from client requests on all routes. Credentials
    /// are not included: targets verify them.
    const std::vector<std::string>& asserted_headers() const { return asserted_headers_; }

private:
    config::snapshot_ptr snapshot_;
    route_table table_;
    std::vector<route_plan> routes_;
    std::vector<config::credential_source> query_credentials_;
    std::vector<std::string> asserted_headers_;
};

} // namespace thalamus::routing
