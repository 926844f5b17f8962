#pragma once
// Builds a node from a configuration snapshot and runs it until a signal stops it. Used by main
// only; one per process.

#include "actors/admin/admin.hpp"
#include "config/snapshot.hpp"

#include <memory>
#include <string>

namespace thalamus::app {

class gateway {
public:
    /// Opens the log and every listening socket. `more_calls` are added to the admin port.
    /// @throws std::runtime_error or std::system_error that names the invalid address or path
    gateway(config::snapshot_ptr snapshot, std::string program_version,
            actors::admin_calls more_calls = {});
    ~gateway();

    /// Serves until SIGTERM or SIGINT, then drains. Returns the exit status.
    int run();

    /// Ends one actor of a kind ("router", "authenticator", "rate_limiter", "upstream",
    /// "connection") on a reactor, as a fault would. For test builds only; any thread. Returns
    /// false if there is none.
    bool end_actor(const std::string& kind, unsigned reactor);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace thalamus::app
