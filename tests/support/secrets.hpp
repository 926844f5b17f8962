#pragma once
// Credentials that tests show to the gateway: none of them may ever stand in what it says. Every
// gateway of tests/support is searched for them when it ends. Any thread.

#include <string>
#include <string_view>

namespace thalamus::test {

/// Passes it on.
std::string keep_secret(std::string what);
/// The first of them that is in `text`; empty: none is.
std::string found_secret(std::string_view text);

} // namespace thalamus::test
