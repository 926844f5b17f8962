#include "app/load.hpp"

#include "policies/auth/auth_methods.hpp"

namespace thalamus::app {

config::load_result load(const std::string& file) {
    auto loaded = config::load(file);
    if (!loaded.value) return loaded;
    auto problems = auth::auth_methods(*loaded.value).problems;
    if (!problems.empty()) return {nullptr, std::move(problems)};
    return loaded;
}

} // namespace thalamus::app
