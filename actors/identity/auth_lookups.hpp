#pragma once
// External lookups for authentication: token introspection at the issuer (RFC 7662), and external
// auth of the request itself. Owned by a reactor's authenticator and used on its thread only.
// Handlers are called on that thread, never within ask().

#include "actors/request/exchange.hpp"
#include "net/http_client.hpp"
#include "observe/program_log.hpp"
#include "policies/auth/authenticator.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace thalamus::actors {

/// A pending lookup. Owned by the caller; destroying it cancels the lookup.
class auth_lookup {
public:
    virtual ~auth_lookup() = default;
};

class auth_lookups {
public:
    /// Called once, unless the lookup is destroyed first; may destroy the lookup.
    using handler = std::function<void(const auth::lookup_result&)>;

    /// `memory` caches active tokens.
    auth_lookups(reactor_context& context, auth::authenticator& memory);
    ~auth_lookups(); ///< after every lookup has been destroyed

    /// Introspects a token. Requests with the same token share one call at a time; without a cache
    /// (`cache: 0s`) each request makes its own call.
    std::unique_ptr<auth_lookup> ask(std::size_t auth_method, const auth::token_lookup& what,
                                     const exchange& about, handler on_response);
    /// Asks the external auth service. Returns null if the client's fields cannot be forwarded: a
    /// safeguard, because such a request was rejected before.
    std::unique_ptr<auth_lookup> ask(std::size_t auth_method,
                                     const auth::external_auth_lookup& what, const exchange& about,
                                     handler on_response);

private:
    class token_call;
    class token_inquiry;
    class outside_inquiry;
    struct server {
        server(net::reactor& home, const config::endpoint& at,
               const net::http_client::settings& how)
            : client(home, at, how) {}
        net::http_client client;
        observe::log_limit failures{1};
    };

    server& server_of(std::size_t auth_method) { return *servers_[auth_method]; }
    /// Reads the response of an external auth service.
    auth::lookup_result read(std::size_t auth_method, std::string_view request_id,
                             const net::http_result& came);
    auth::lookup_result unavailable(std::size_t auth_method, std::string_view request_id,
                                    std::string_view problem);

    reactor_context& context_;
    auth::authenticator& memory_;
    /// By index into snapshot::auth; null for a method that makes no external calls.
    std::vector<std::unique_ptr<server>> servers_;
    boost::unordered_flat_map<base::sha256_bytes, token_call*, base::digest_hash> asked_;
};

} // namespace thalamus::actors
