#pragma once
// What the demo's programs have in common: from the command line read to the end by a signal.

#include "demo/http_server.hpp"

#include <functional>
#include <string_view>

namespace thalamus::demo {

/// Serves until SIGTERM or SIGINT; says "listening on ADDRESS:PORT" once it listens, after
/// `bound` was told the port. Returns the program's status: 1 if the address cannot be had.
int serve(std::string_view program, const server_settings& settings, service& served,
          const std::function<void(std::uint16_t port)>& bound = {});

} // namespace thalamus::demo
