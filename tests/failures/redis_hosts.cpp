#include "tests/failures/redis_hosts.hpp"

#include <csignal>
#include <map>
#include <sstream>

namespace thalamus::test {
namespace {

constexpr const char* server_port = "6379";
constexpr const char* sentinel_port = "26379";

void end(std::unique_ptr<process>& of) {
    of->signal(SIGTERM);
    if (!of->wait_exit(5s)) throw timed_out("redis does not end");
    of.reset();
}

} // namespace

redis_hosts::redis_hosts(const network& on) : network_(on) {
    start_server(0);
    start_server(1);
    auto linked = [&] {
        return ask(1, {"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
    };
    if (!eventually(linked, 10s, 20ms)) throw timed_out("no replica of Redis");
    for (std::size_t i = 0; i < sentinels_.size(); ++i) {
        std::ostringstream file;
        file << "port " << sentinel_port << "\nbind " << network_.address(hosts[i])
             << "\nprotected-mode no\ndir " << folder_.path().string() << "\nsentinel monitor main "
             << network_.address(hosts[0]) << " " << server_port << " 2\n"
             << "sentinel down-after-milliseconds main " << down_after.count()
             << "\nsentinel failover-timeout main 4000\nsentinel parallel-syncs main 1\n";
        folder_.write(std::string(hosts[i]) + ".conf", file.str());
        start_sentinel(i);
    }
    if (!eventually([&] { return sentinels_are_ready(); }, 15s, 50ms))
        throw timed_out("the Sentinels do not agree");
}

void redis_hosts::start_server(std::size_t index) {
    const std::string name = hosts[index];
    const auto folder = folder_.path() / name;
    std::filesystem::create_directories(folder);
    std::vector<std::string> command{
        "redis-server", "--bind", network_.address(name), "--port", server_port, "--dir",
        folder.string(), "--protected-mode", "no", "--save", "", "--appendonly", "yes",
        // a replica that is new gets its copy at once, not with others that may come
        "--repl-diskless-sync-delay", "0",
        // SIGTERM ends it at once, whatever its replica has
        "--shutdown-timeout", "0"};
    if (index > 0)
        command.insert(command.end(), {"--replicaof", network_.address(hosts[0]), server_port});
    servers_[index] = std::make_unique<process>(network_.on(name, command));
    auto answers = [&] {
        if (!servers_[index]->running())
            throw test_error("redis-server ended: " + servers_[index]->standard_output());
        return cli(index, server_port, {"PING"}) == "PONG\n";
    };
    if (!eventually(answers, 10s, 10ms)) throw timed_out("redis-server does not answer");
}

void redis_hosts::start_sentinel(std::size_t index) {
    sentinels_[index] = std::make_unique<process>(network_.on(
        hosts[index], {"redis-sentinel", (folder_.path() / hosts[index]).string() + ".conf"}));
}

bool redis_hosts::sentinels_are_ready() const {
    for (std::size_t i = 0; i < sentinels_.size(); ++i) {
        if (!cli(i, sentinel_port, {"SENTINEL", "CKQUORUM", "main"}).starts_with("OK 3 ") ||
            cli(i, sentinel_port, {"SENTINEL", "REPLICAS", "main"}).find("name\n") ==
                std::string::npos)
            return false;
    }
    return true;
}

void redis_hosts::stop() {
    for (auto& one : sentinels_) end(one); // first, so that they do not see a primary go
    for (auto& one : servers_) end(one);
}

void redis_hosts::start() {
    for (std::size_t i = 0; i < servers_.size(); ++i) start_server(i);
    for (std::size_t i = 0; i < sentinels_.size(); ++i) start_sentinel(i);
    if (!eventually([&] { return !primary().empty(); }, 10s, 20ms))
        throw timed_out("the Sentinels name no primary");
}

std::string redis_hosts::setting() const {
    std::string list;
    for (auto* host : hosts)
        list +=
            (list.empty() ? "\"" : ", \"") + network_.address(host) + ":" + sentinel_port + "\"";
    return "{sentinels: [" + list + "], primary: main}";
}

std::string redis_hosts::cli(std::size_t host, const char* port,
                             std::vector<std::string> words) const {
    std::vector<std::string> command{"redis-cli", "-h", network_.address(hosts[host]), "-p", port};
    command.insert(command.end(), words.begin(), words.end());
    return run(command).out;
}

std::string redis_hosts::ask(std::size_t server, std::vector<std::string> words) const {
    auto answer = cli(server, server_port, std::move(words));
    if (answer.empty()) throw test_error(std::string(hosts[server]) + " does not answer");
    return answer;
}

std::string redis_hosts::primary() const {
    std::map<std::string, int> named;
    for (std::size_t i = 0; i < sentinels_.size(); ++i) {
        std::istringstream said(
            cli(i, sentinel_port, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"}));
        std::string address;
        std::getline(said, address);
        if (++named[address] < 2) continue;
        for (auto* host : hosts)
            if (network_.address(host) == address) return host;
    }
    return "";
}

} // namespace thalamus::test
