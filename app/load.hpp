#pragma once
// Loads a configuration for use, and adds the checks that config/ cannot make: policies/auth reads
// the key files and reports their faults.

#include "config/loader.hpp"

#include <string>

namespace thalamus::app {

config::load_result load(const std::string& file);

} // namespace thalamus::app
