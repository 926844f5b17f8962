#pragma once
// One GET to a target, on a connection of its own, for its status: an active health check.
// Redirects are not followed. One reactor's thread only.

#include "net/upstream_connection.hpp"

#include <functional>
#include <optional>
#include <string>

namespace thalamus::net {

class http_probe final : private upstream_connection::user {
public:
    enum class outcome : unsigned char {
        answered, ///< with a status
        failed,   ///< no valid answer came in time
        not_tried ///< for want of a descriptor or memory: says nothing about the target
    };
    /// May begin anew, but not destroy the probe.
    using result_handler = std::function<void(outcome what, unsigned status)>;

    http_probe(reactor& home, tcp_endpoint target, std::string authority, std::string path,
               std::chrono::milliseconds timeout, result_handler on_result);

    /// Not while one is under way.
    void begin();
    bool under_way() const { return connection_.has_value(); }

private:
    void on_upstream_ready() override;
    void finish(outcome what, unsigned status = 0);

    reactor& home_;
    const tcp_endpoint target_;
    const std::string request_;
    const std::chrono::milliseconds timeout_;
    const result_handler on_result_;
    std::optional<upstream_connection> connection_;
    timer timer_;
    bool asked_ = false;
};

} // namespace thalamus::net
