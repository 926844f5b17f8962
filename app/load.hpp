#pragma once
// Loads a configuration for use: what only the parts that will use it can judge is checked, too.

#include "config/loader.hpp"

#include <string>

namespace thalamus::app {

config::load_result load(const std::string& file);

} // namespace thalamus::app
