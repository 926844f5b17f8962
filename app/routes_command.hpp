#pragma once
// `thalamus routes`: prints the route table, or the route that METHOD URL matches and why.

#include <iosfwd>
#include <string>

namespace thalamus::app {

/// If `method` is empty, prints the table. Returns the exit status.
int routes_command(const std::string& file, const std::string& method, const std::string& url,
                   std::ostream& out, std::ostream& err);

} // namespace thalamus::app
