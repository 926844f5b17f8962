#include "config/loader.hpp"

#include "config/effective.hpp"
#include "config/sections.hpp"
#include "config/sources.hpp"

#include <exception>

namespace thalamus::config {

namespace {

load_result load_or_throw(const std::string& file, const environment& env) {
    report problems;
    sources files(env, problems);
    const auto root = files.load(file);
    if (!root) return {nullptr, problems.take()};

    auto result = std::make_shared<snapshot>();
    reader in(problems, env);
    block top(in, cursor{root.get(), nullptr, ""});
    read_gateway(top, *result);
    read_cluster(top, *result);
    read_store(top, result->store);
    read_rate_limits(top, result->rate_limits);
    read_consumers(top, result->consumers);
    read_auth(top, result->auth);
    read_services(top, *result);
    read_routes(top, *result);
    top.finish();
    if (!problems.empty()) return {nullptr, problems.take()};
    set_effective(*result, {in.secret_texts(), files.secrets()}, in.node_texts());
    return {std::move(result), {}};
}

} // namespace

load_result load(const std::string& file, const environment& env) {
    try {
        return load_or_throw(file, env);
    } catch (const std::exception& error) {
        // Nothing above throws intentionally; this is out of memory.
        return {nullptr, {{file, 1, 1, "", std::string("cannot be loaded: ") + error.what(), ""}}};
    }
}

} // namespace thalamus::config
