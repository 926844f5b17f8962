#pragma once
// The common part of the demo's programs: serving until a signal arrives.

#include "demo/http_server.hpp"

#include <functional>
#include <string_view>

namespace thalamus::demo {

/// Serves until SIGTERM or SIGINT. Calls `bound` with the port, then prints "listening on
/// ADDRESS:PORT". Returns the exit status of the program: 1 if the address is not available.
int serve(std::string_view program, const server_settings& settings, service& served,
          const std::function<void(std::uint16_t port)>& bound = {});

} // namespace thalamus::demo
