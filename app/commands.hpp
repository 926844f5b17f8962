#pragma once
// The commands of the program that end at once. Each returns the exit status.

#include <iosfwd>
#include <string>

namespace thalamus::app {

/// `thalamus check`: "FILE: ok (N routes, M services)" to `out` and 0, or every problem and 1. As text
/// problems go to `err`, one a line; with `json` the list of them goes to `out`, empty if all is well.
int check_command(const std::string& file, bool json, std::ostream& out, std::ostream& err);

/// `thalamus version`
int version_command(std::ostream& out);

} // namespace thalamus::app
