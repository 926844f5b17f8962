#pragma once
// A snapshot prepared for serving: the route table, and for each route what would otherwise be
// decided for every request. Made once per snapshot, then immutable; any thread.

#include "config/snapshot.hpp"
#include "http/cors.hpp"
#include "http/forwarding.hpp"
#include "http/header_plan.hpp"
#include "http/own_answer.hpp"
#include "policies/routing/route_table.hpp"

#include <optional>
#include <vector>

namespace thalamus::routing {

struct route_plan {
    const config::route_settings* settings = nullptr;
    std::chrono::milliseconds timeout{0};
    std::uint64_t body_limit = 0;
    http::header_plan answer_edits;
    std::optional<http::cors_policy> cors;
    std::vector<http::own_field> respond_fields;   ///< with a respond action
    std::string limit_policy;                      ///< the RateLimit-Policy of all its limits
    std::vector<config::credential_source> hidden; ///< with hide_credentials
    /// By position in the split, or [0] for a single service.
    std::vector<http::forward_plan> forward;

    const http::cors_policy* cors_or_null() const { return cors ? &*cors : nullptr; }
};

/// A limit's item of RateLimit-Policy; nothing of one that only tries (`dry_run`).
void append_policy_of(const config::rate_limit_settings& limit, std::string& to);

class gateway_plan {
public:
    explicit gateway_plan(config::snapshot_ptr snapshot);

    const config::snapshot& snapshot() const { return *snapshot_; }
    const route_table& table() const { return table_; }
    const route_plan& route(std::size_t index) const { return routes_[index]; }
    /// Query parameters that any way takes a credential from: no log shows them, whatever the route.
    const std::vector<config::credential_source>& query_credentials() const {
        return query_credentials_;
    }
    /// Headers by which a service outside tells targets who asks (`copy` of `forward`), in lower case: no
    /// target gets them of a client, whatever the route. Credentials are not among them: a target verifies those.
    const std::vector<std::string>& asserted_headers() const { return asserted_headers_; }

private:
    config::snapshot_ptr snapshot_;
    route_table table_;
    std::vector<route_plan> routes_;
    std::vector<config::credential_source> query_credentials_;
    std::vector<std::string> asserted_headers_;
};

} // namespace thalamus::routing
