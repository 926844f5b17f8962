#pragma once
// Builds a node from a configuration snapshot and runs it until a signal stops it. Used by main
// only; one per process.

#include "actors/admin/admin.hpp"
#include "actors/context.hpp"
#include "config/snapshot.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace thalamus::app {

/// What each reactor of a node has, by the reactor's number. Lives as long as the gateway.
using reactor_contexts = std::span<const std::unique_ptr<actors::reactor_context>>;

/// Makes endpoints for the admin port of a node that has these reactors.
using make_admin_calls = std::function<actors::admin_calls(reactor_contexts)>;

class gateway {
public:
    /// Opens the log and every listening socket. What `more_calls` makes is added to the admin
    /// port.
    /// @throws std::runtime_error or std::system_error that names the invalid address or path
    gateway(config::snapshot_ptr snapshot, std::string program_version,
            const make_admin_calls& more_calls = {});
    ~gateway();

    /// Serves until SIGTERM or SIGINT, then drains. Returns the exit status.
    int run();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace thalamus::app
