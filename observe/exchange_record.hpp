#pragma once
// Everything that is said about one finished exchange: the access log writes it, the metrics count
// it. A value with views; valid only during the call it is passed to.

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
    std::string_view path;   ///< request-target as received; may hold any byte
    std::string_view host;
    std::string_view consumer; ///< who was authenticated; empty = nobody
    std::string_view route;    ///< its id; empty = no route matched
    std::string_view service;  ///< its name; empty = answered by the gateway
    std::string_view target;   ///< address of the last target tried; empty = none
    std::string_view reason; ///< why the gateway answered itself or cut it off; empty = it did not
    std::string_view user_agent;
    unsigned status = 0;                       ///< as sent to the client; 0 = no head was sent
    unsigned version = 11;                     ///< of the client's request, 10 or 11
    unsigned tries = 0;                        ///< at targets, those without a connection too
    std::uint64_t bytes_in = 0, bytes_out = 0; ///< head and body, to and from the client
    std::chrono::nanoseconds total{0};    ///< first byte of the request to the last of the answer
    std::chrono::nanoseconds upstream{0}; ///< waiting for a target: from the request's head being
                                          ///< sent to the last byte of the answer received
    std::chrono::nanoseconds own{0};      ///< the gateway's own: head complete to head sent on, and
        ///< answer's head received to sent on; all of an answer by the
        ///< gateway itself
    std::size_t route_index = no_index, service_index = no_index; ///< into the snapshot
    bool complete = true; ///< false: cut off (client left, target broke, deadline)
};

} // namespace thalamus::observe
