#include "app/load.hpp"

#include "policies/auth/ways.hpp"

namespace thalamus::app {

config::load_result load(const std::string& file) {
    auto loaded = config::load(file);
    if (!loaded.value) return loaded;
    auto problems = auth::ways(*loaded.value).problems;
    if (!problems.empty()) return {nullptr, std::move(problems)};
    return loaded;
}

} // namespace thalamus::app
