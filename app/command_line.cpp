#include "app/command_line.hpp"

#include "app/certs_command.hpp"
#include "app/commands.hpp"
#include "app/load.hpp"
#include "app/routes_command.hpp"
#include "observe/program_log.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>
#include <sys/resource.h>

namespace thalamus::app {
namespace {

/// Raises the file descriptor limit as far as the system allows; warns if that is not enough.
void raise_descriptor_limit(const config::snapshot& settings) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    std::uint64_t wanted = settings.limits.connections;
    for (const auto& service : settings.services)
        wanted += service.max_connections * (service.per_target ? service.targets.size() : 1);
    if (limit.rlim_cur >= wanted) return;
    observe::log(
        config::log_level::warn,
        "limits.connections and the services' connections.max add up to {}, but the system "
        "allows {} file descriptors: raise its limit (ulimit -Hn) or lower these settings",
        wanted, limit.rlim_cur);
}

/// Warns that nodes without a shared store do not share rate limits.
void warn_of_limits_per_node(const config::snapshot& settings) {
    if (settings.cluster && !settings.store.redis && !settings.rate_limits.empty())
        observe::log(config::log_level::warn,
                     "cluster without store.redis: each node enforces rate_limits alone, "
                     "so a client may get the limit once per node");
}

int run(const std::string& file, const make_admin_calls& more_calls) {
    const auto loaded = load(file);
    for (const auto& problem : loaded.problems) std::cerr << problem.to_string() << '\n';
    if (!loaded.value) return 1;
    observe::start_program_log(loaded.value->log.level);
    raise_descriptor_limit(*loaded.value);
    warn_of_limits_per_node(*loaded.value);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return gateway(loaded.value, THALAMUS_VERSION, more_calls).run();
    } catch (const std::exception& e) {
        observe::log(config::log_level::error, "cannot start: {}", e.what());
        return 1;
    }
}

} // namespace

int command_line(int argc, char** argv, const make_admin_calls& more_calls) {
    CLI::App program{"Thalamus, an API gateway"};
    program.require_subcommand(1);
    std::string file = "gateway.yaml";
    bool json = false;
    std::string method, url;

    auto* run_command = program.add_subcommand("run", "serve until SIGTERM");
    run_command->add_option("-c,--config", file, "configuration file")->capture_default_str();
    auto* check =
        program.add_subcommand("check", "validate a configuration without starting the gateway");
    check->add_option("-c,--config", file, "configuration file")->capture_default_str();
    check->add_flag("--json", json, "print the problems as a JSON list");
    auto* routes = program.add_subcommand(
        "routes", "print the route table, or the route that a request matches");
    routes->add_option("-c,--config", file, "configuration file")->capture_default_str();
    auto* method_option = routes->add_option("METHOD", method, "for example GET");
    routes->add_option("URL", url, "for example http://api.example.com/users/1")
        ->needs(method_option);
    std::string directory;
    std::vector<std::string> nodes;
    auto* certs =
        program.add_subcommand("certs", "create a CA and node certificates for cluster.tls");
    certs->add_option("DIR", directory, "directory for ca.pem, NODE.pem and their keys")
        ->required();
    certs->add_option("NODE", nodes, "node names")->required();
    auto* version = program.add_subcommand("version", "print the version");

    CLI11_PARSE(program, argc, argv);
    if (*check) return check_command(file, json, std::cout, std::cerr);
    if (*routes) return routes_command(file, method, url, std::cout, std::cerr);
    if (*certs) return certs_command(directory, nodes, std::cout, std::cerr);
    if (*version) return version_command(std::cout);
    return run(file, more_calls);
}

} // namespace thalamus::app
