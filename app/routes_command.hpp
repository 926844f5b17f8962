#pragma once
// `thalamus routes`: the route table, or which route would answer METHOD URL and why.

#include <iosfwd>
#include <string>

namespace thalamus::app {

/// With `method` empty: the table. Returns the exit status.
int routes_command(const std::string& file, const std::string& method, const std::string& url,
                   std::ostream& out, std::ostream& err);

} // namespace thalamus::app
