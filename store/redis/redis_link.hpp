#pragma once
// Keeps a connection to one Redis primary, and knows whether it is usable.
//
//    waiting ──> finding ──> connecting ──> ready ──> waiting ...
//       ▲           │            │            │ breaker: closed <──> open
//       └─ backoff ─┴────────────┴────────────┘ broken, unresponsive, or no longer a primary
//
// While nothing is sent, a PING detects within `idle` that the server is gone or unresponsive.
// Owned by the store's topology; one reactor's thread only.

#include "base/random.hpp"
#include "store/counters.hpp"
#include "store/link_breaker.hpp"
#include "store/redis/redis_addresses.hpp"
#include "store/redis/redis_connection.hpp"
#include "store/redis/redis_handshake.hpp"
#include "store/redis/redis_scripts.hpp"

#include <algorithm>
#include <map>

namespace thalamus::store {

/// What all links of a store share; outlives them.
struct redis_context {
    net::reactor& home;
    const config::redis_settings settings;
    const std::chrono::milliseconds timeout; ///< of one command
    const std::string prefix;
    counters& counts;
    base::xoshiro256 random;
    std::uint64_t connections = 0; ///< started so far, by all links

    /// The time limit for a connection to become ready, and for a query of Sentinels or the
    /// cluster.
    std::chrono::milliseconds patience() const {
        using std::chrono::milliseconds;
        return std::clamp(10 * timeout, milliseconds(500), milliseconds(5000));
    }
};

class redis_link final : private redis_connection::owner {
public:
    /// Limits on what may wait for one server.
    static constexpr std::size_t most_outstanding = 65536, most_unsent = std::size_t{64} << 20;
    static constexpr std::chrono::milliseconds idle{250};

    class owner {
    public:
        /// usable() may have changed.
        virtual void on_link_changed() = 0;
        /// The connection broke, or could not be made: the primary may have moved.
        virtual void on_link_down() = 0;
        /// A key of this link's server, for probes.
        virtual std::string probe_key(const redis_link& link) = 0;

    protected:
        ~owner() = default;
    };

    /// `name` is that of the server, for the log.
    redis_link(redis_context& context, owner& owner, std::string name,
               std::unique_ptr<redis_addresses> addresses);
    ~redis_link();

    /// Only the first call has an effect. The owner must know a probe key for the link by then.
    void start() {
        if (state_ == state::made) find();
    }
    /// Commands are executed, as far as is known.
    bool usable() const { return state_ == state::ready && breaker_.closed(); }
    /// usable(), and there is room for more.
    bool accepts() const {
        return usable() && connection_->outstanding() < most_outstanding &&
               connection_->unsent() < most_unsent;
    }
    /// @pre accepts()
    void send(std::unique_ptr<redis_request> request, redis_command& command,
              net::time_point deadline) {
        quiet_ = false;
        ++sent_;
        connection_->send(std::move(request), command, deadline);
    }
    /// The number of the last command sent.
    std::uint64_t sent() const { return sent_; }
    /// The number of its connection among all of the store's: another connection may lead to
    /// another server.
    std::uint64_t connection() const { return connection_number_; }
    /// Whether a script that the server did not have at command `number` must be sent whole; not if
    /// a later command has already done so.
    bool must_send(const redis_script& script, std::uint64_t number);
    /// The primary has moved: looks it up again.
    void leave(std::string_view reason);
    const std::string& name() const { return name_; }
    /// The server's address, while connected to it.
    const net::tcp_endpoint& address() const { return address_; }

private:
    enum class state : unsigned char { made, waiting, finding, connecting, ready };
    class handshake_request;
    class liveness_request;

    void after_reply(const redisReply& reply, net::clock::duration took, bool waited) override;
    bool on_timeout(unsigned n) override;
    void on_lost(std::string_view reason) override;

    void find();
    void found(const redis_addresses::result& addresses);
    void connect();
    void start_handshake();
    void on_handshake_reply(handshake_step step, const redisReply& reply);
    void become_ready();
    void on_retry();
    void give_up(const objection& reason);
    void count_failures(unsigned n, std::string_view reason);
    void beat();
    void on_pong();
    void on_probe_reply(const redisReply& reply);

    redis_context& context_;
    owner& owner_;
    const std::string name_;
    const std::unique_ptr<redis_addresses> addresses_;
    state state_ = state::made;
    std::vector<net::tcp_endpoint> candidates_; // not tried yet
    net::tcp_endpoint address_;
    std::shared_ptr<redis_connection> connection_;
    std::uint64_t connection_number_ = 0;
    unsigned steps_left_ = 0; // of the handshake
    std::uint64_t sent_ = 0;
    std::map<const redis_script*, std::uint64_t> sent_whole_; // the last command that contained it
    breaker breaker_;
    backoff backoff_;
    net::timer retry_;     // waiting: for the next attempt; connecting: the deadline
    net::timer beat_;      // ready: PINGs and probes
    bool quiet_ = true;    // nothing was sent since the last heartbeat
    bool probing_ = false; // a PING or a probe is in progress
    net::time_point probe_deadline_{};
    bool outage_logged_ = false; // the current outage is in the log
};

} // namespace thalamus::store
