#pragma once
// Puts a node together from a snapshot and runs it until it is told to stop. Used by main and by
// nobody else; one per process.

#include "actors/admin/admin.hpp"
#include "config/snapshot.hpp"

#include <memory>
#include <string>

namespace thalamus::app {

class gateway {
public:
    /// Opens the log and every listening socket. `more_calls` are added to the admin port.
    /// @throws std::runtime_error or std::system_error that names the address or path at fault
    gateway(config::snapshot_ptr snapshot, std::string program_version,
            actors::admin_calls more_calls = {});
    ~gateway();

    /// Serves until SIGTERM or SIGINT and the drain that follows. Returns the exit status.
    int run();

    /// Ends one actor of a kind ("router", "authenticator", "rate_limiter", "upstream", "connection") on a
    /// reactor, as a fault would. Only for test builds; any thread. False if there is none.
    bool end_actor(const std::string& kind, unsigned reactor);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace thalamus::app
