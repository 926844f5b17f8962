#pragma once
// Calls services over HTTP/1.1 for the gateway itself: to fetch keys, to introspect tokens, to have
// requests authorized. For small responses, which are buffered whole. Does not follow redirects.
// Calls one server, whose name is looked up when needed (net/kept_addresses.hpp); the address that
// connected last is tried first, then the others. Connections are kept alive and reused. One
// reactor's thread only, handlers included. Its destruction cancels every call.

#include "config/values.hpp"
#include "net/http_call.hpp"
#include "net/kept_addresses.hpp"
#include "net/name_lookup.hpp"

#include <memory>

namespace thalamus::net {

class http_client {
public:
    struct settings {
        std::size_t max_connections = 16;       ///< at least 1
        std::chrono::milliseconds idle{30'000}; ///< unused connections are closed after this time
        std::size_t max_waiting = 128;          ///< calls beyond max_connections; more are rejected
    };

    http_client(reactor& home, config::endpoint server, const settings& how,
                name_lookup_settings look_up = {});
    ~http_client();
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;

    /// The handler is called once, from the reactor, never within this call, and not after the
    /// returned call or this client is destroyed. `deadline` covers everything: look-up, queue,
    /// connecting and response. `max_body` is in bytes.
    [[nodiscard]] std::unique_ptr<http_call> call(http_request request, time_point deadline,
                                                  std::size_t max_body,
                                                  http_call::handler on_result);

private:
    friend class http_call;

    // -- for calls -------------------------------------------------------------------------------
    void stop_waiting(http_call& who);
    /// Starts the calls that can start: a connection was given back, or a look-up has ended.
    void advance();
    void prefer(const std::shared_ptr<connection_pool>& connected);
    /// What the queued calls wait for, for the log.
    std::string awaited() const;

    // --------------------------------------------------------------------------------------------
    bool may_wait() const;
    void looked_up(const name_lookup::result& result);
    void use_addresses();

    reactor& home_;
    const config::endpoint server_;
    const std::string authority_;
    const settings settings_;
    kept_addresses addresses_;
    name_lookup look_up_;
    timer patience_; // while older addresses are known, but a look-up is awaited
    std::shared_ptr<connection_bound> bound_;
    http_call::pools pools_; // one for each address, the preferred one first
    base::intrusive_list<http_call> calls_;
    base::intrusive_list<http_call, call_queue> waiting_;
    std::size_t waiting_count_ = 0;
    bool advancing_ = false;
};

} // namespace thalamus::net
