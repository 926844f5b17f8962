#pragma once
// The program's command line: reads the arguments and carries out one command. A program's main()
// calls it once, on the main thread.

#include "app/gateway.hpp"

namespace thalamus::app {

/// `more_calls`: endpoints that a program adds to the admin port of `run`; thalamus adds none.
/// Returns the exit status.
int command_line(int argc, char** argv, const make_admin_calls& more_calls = {});

} // namespace thalamus::app
