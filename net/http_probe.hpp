#pragma once
// An active health check: one GET to a target, on a connection of its own, for its status. Does not
// follow redirects. One reactor's thread only.

#include "net/upstream_connection.hpp"

#include <functional>
#include <optional>
#include <string>

namespace thalamus::net {

class http_probe final : private upstream_connection::user {
public:
    enum class outcome : unsigned char {
        answered, ///< with a status
        failed,   ///< no valid response came in time
        not_tried ///< out of descriptors or memory: says nothing about the target
    };
    /// May start the probe again, but not destroy it.
    using result_handler = std::function<void(outcome what, unsigned status)>;

    http_probe(reactor& home, tcp_endpoint target, std::string authority, std::string path,
               std::chrono::milliseconds timeout, result_handler on_result);

    /// Not while a probe is running.
    void begin();
    bool under_way() const { return connection_.has_value(); }

private:
    void on_upstream_ready() override;
    void on_timer() { finish(outcome::failed); }
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
