#pragma once
// Whether a request that failed at one target is tried again. Pure; time and randomness passed in.
//
// What may be sent twice (RFC 9110 9.2.2, RFC 9112 9.3.1): anything that the target cannot have
// received; and of what it may have received only methods that are idempotent. So for a kept-alive
// connection that the target closed before any byte of an answer:
//   idempotent method           -> again at once on a fresh connection, always (Go, Envoy, nginx too)
//   other, nothing received     -> the same: no write succeeded, or TCP_INFO shows that none of the
//                                  request's bytes was acknowledged (tcpi_bytes_acked), which is what
//                                  a FIN that crossed the request looks like
//   other, something received   -> 502: it may have been processed (as nginx and Go have it)
// This holds with `retry: off` too, and costs neither an attempt nor budget: a fresh connection
// cannot fail that way again.

#include "base/random.hpp"
#include "config/snapshot.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace thalamus::balancing {

enum class failure : unsigned char {
    connect,         ///< no connection: refused, unreachable, name not found
    connect_timeout, ///< no connection within connect_timeout
    reset,           ///< closed or reset before any byte of an answer
    bad_answer,      ///< an answer that is no valid HTTP, or too large a head
    timeout,         ///< no answer's head within the time of one try
    status           ///< an answer whose status is in retry.on
};

/// One failed try, and what is known about the request.
struct failed_try {
    failure what = failure::connect;
    bool reused = false;     ///< the connection had carried another request before
    bool unreceived = false; ///< no byte of the request was acknowledged. Final with failure::reset
                             ///< only: on an open connection they may still be under way
    bool replayable = true;  ///< it has no body, none of it was read, or all read of it is kept
    std::string_view method;
    unsigned tries = 1; ///< made so far, without those again on a fresh connection
    std::chrono::milliseconds time_left{0}; ///< of the exchange
};

struct retry_decision {
    enum class action : unsigned char {
        give_up,
        pass_on,    ///< failure::status: the client gets the target's answer
        retry,      ///< after `delay`, at another target if there is one
        retry_fresh ///< at once, the same target, on a new connection
    };
    action what = action::give_up;
    std::chrono::milliseconds delay{0};
    unsigned status = 502;    ///< give_up: what the client gets
    std::string_view reason;  ///< give_up: short, static
    bool over_budget = false; ///< give_up or pass_on: it would have been retried
};

/// Retries per service and reactor: at most `percent` of the requests of the last 10 s, but 3 in
/// any case; none with 0. Not thread-safe.
class retry_budget {
public:
    using time_point = std::chrono::steady_clock::time_point;
    explicit retry_budget(unsigned percent) : percent_(percent) {}

    void count_request(time_point now) { ++at(now).requests; }
    /// Takes one retry if there is one.
    bool take(time_point now);

private:
    struct second {
        std::int64_t when = -1;
        std::uint32_t requests = 0, retries = 0;
    };
    second& at(time_point now);

    unsigned percent_;
    std::array<second, 10> window_{};
};

/// Whether an answer's status makes its try a failed one: `on` of the settings names it.
bool is_retried_status(const config::retry_settings& settings, unsigned status);

/// `settings` null = off. Takes from `budget` when it decides to retry.
retry_decision decide_retry(const config::retry_settings* settings, const failed_try& failed,
                            retry_budget& budget, retry_budget::time_point now,
                            base::xoshiro256& random);

} // namespace thalamus::balancing
