#pragma once
// The commands that end at once: `check` and `version`. Each returns the exit status.

#include <iosfwd>
#include <string>

namespace thalamus::app {

/// `thalamus check`: prints "FILE: ok (N routes, M services)" to `out` and returns 0, or prints
/// every diagnostic and returns 1. Diagnostics go to `err` as text, one per line. With `json` the
/// list goes to `out`; it is empty if the configuration is valid.
int check_command(const std::string& file, bool json, std::ostream& out, std::ostream& err);

/// `thalamus version`
int version_command(std::ostream& out);

} // namespace thalamus::app
