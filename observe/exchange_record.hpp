#pragma once
// The facts about one finished exchange, for the access log and the metrics. It contains views and
// is valid only during the call that it is passed to.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thalamus::observe {

inline constexpr std::size_t no_index = static_cast<std::size_t>(-1);

struct exchange_record {
    std::chrono::system_clock::time_point started;
    std::string_view request_id;
    std::string_view client; ///< trusted client address, as text
    std::string_view method; ///< as received; empty if the head could not be read
    std::string_view path;   ///< request-target as received; may contain any byte
    std::string_view host;
    std::string_view consumer; ///< authenticated principal; empty = none
    std::string_view route;    ///< route id; empty = no route matched
    std::string_view service;  ///< service name; empty = local response
    std::string_view target;   ///< address of the target of the last attempt; empty = none
    std::string_view reason; ///< why the gateway sent a local response or aborted; empty = neither
    std::string_view user_agent;
    unsigned status = 0;                       ///< as sent to the client; 0 = no head sent
    unsigned version = 11;                     ///< HTTP version of the request, 10 or 11
    unsigned attempts = 0;                     ///< at targets, including failed connects
    std::uint64_t bytes_in = 0, bytes_out = 0; ///< head and body, to and from the client
    std::chrono::nanoseconds total{0}; ///< first byte of the request to last byte of the response
    std::chrono::nanoseconds upstream{0}; ///< waiting for a target: request head sent to last byte
                                          ///< of the response received
    std::chrono::nanoseconds own{0};      ///< gateway time: request head complete to forwarded,
                                          ///< plus response head received to forwarded; the whole
                                          ///< time of a local response
    std::size_t route_index = no_index, service_index = no_index; ///< into the snapshot
    bool complete = true; ///< false = aborted (client left, target failed, deadline)
};

} // namespace thalamus::observe
