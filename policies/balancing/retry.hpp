#pragma once
// Decides whether a request that failed at one target is retried. Pure; time and randomness are
// passed in.
//
// What may be sent twice (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1): a request that the
// target cannot have received, and any request with an idempotent method. So if the target closed
// a kept-alive connection before any byte of a response:
//   idempotent method           -> retried at once on a fresh connection, always (as in Go, Envoy
//                                  and nginx)
//   other, nothing received     -> the same: no write succeeded, or TCP_INFO shows that no byte of
//                                  the request was acknowledged (tcpi_bytes_acked), as happens when
//                                  a FIN crosses the request
//   other, something received   -> 502: it may have been processed (as in nginx and Go)
// This also holds with `retry: off`, and uses neither an attempt nor budget: a fresh connection
// cannot fail that way again.

#include "base/random.hpp"
#include "config/service_settings.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace thalamus::balancing {

enum class failure : unsigned char {
    connect,            ///< no connection: refused, unreachable, name not found
    connect_timeout,    ///< no connection within connect_timeout
    reset,              ///< closed or reset before any byte of a response
    malformed_response, ///< not valid HTTP, or the head is too large
    timeout,            ///< no response head within the time of one attempt
    status              ///< a response whose status is in retry.on
};

/// One failed attempt, and what is known about the request.
struct failed_attempt {
    balancing::failure failure = balancing::failure::connect;
    bool reused = false;     ///< the connection had carried another request before
    bool unreceived = false; ///< no byte of the request was acknowledged. Final only with
                             ///< failure::reset: on an open connection bytes may still be in flight
    bool replayable = true;  ///< it has no body, none of it was read, or all read of it is buffered
    std::string_view method;
    unsigned attempts = 1;                  ///< so far, without repeats on a fresh connection
    std::chrono::milliseconds time_left{0}; ///< of the exchange
};

struct retry_decision {
    enum class action : unsigned char {
        give_up,
        pass_on,    ///< failure::status: the client gets the target's response
        retry,      ///< after `delay`, at another target if there is one
        retry_fresh ///< at once, at the same target, on a new connection
    };
    action result = action::give_up;
    std::chrono::milliseconds delay{0};
    unsigned status = 502;    ///< give_up: what the client gets
    std::string_view reason;  ///< give_up: short, static
    bool over_budget = false; ///< give_up or pass_on: otherwise it would have been retried
};

/// The retry budget of one service and reactor: at most `percent` of the requests in the last 10 s,
/// but always 3; none with 0 percent. Not thread-safe.
class retry_budget {
public:
    using time_point = std::chrono::steady_clock::time_point;
    explicit retry_budget(unsigned percent) : percent_(percent) {}

    void count_request(time_point now) { ++second_of(now).requests; }
    /// Takes one retry; false if none is left.
    bool take(time_point now);

private:
    struct second {
        std::int64_t when = -1;
        std::uint32_t requests = 0, retries = 0;
    };
    second& second_of(time_point now);

    unsigned percent_;
    std::array<second, 10> window_{};
};

/// Whether a response with this status is a failed attempt: `on` in the settings names it.
bool is_retried_status(const config::retry_settings& settings, unsigned status);

/// `settings` is null if retries are off. Takes from `budget` if it decides to retry.
retry_decision decide_retry(const config::retry_settings* settings, const failed_attempt& failed,
                            retry_budget& budget, retry_budget::time_point now,
                            base::xoshiro256& random);

} // namespace thalamus::balancing
