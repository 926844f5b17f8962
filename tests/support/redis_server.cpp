#include "tests/support/redis_server.hpp"

#include <algorithm>
#include <fstream>
#include <stdlib.h>

namespace thalamus::test {
namespace {

std::string new_folder() {
    auto name = (std::filesystem::temp_directory_path() / "thalamus-redis-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw test_error("mkdtemp " + name);
    return name;
}

/// It answers something, if only that it wants a password or is a replica that has no primary yet.
void wait_for_answer(std::uint16_t port, process& who) {
    const bool answers = eventually(
        [&] {
            if (!who.running()) throw test_error("redis-server ended: " + who.standard_output());
            try {
                const auto said = redis_client(port).ask({"PING"}, 200ms).text;
                return !said.starts_with("LOADING");
            } catch (const test_error&) {
                return false;
            }
        },
        10s, 5ms);
    if (!answers) throw timed_out("redis-server does not answer: " + who.standard_output());
}

} // namespace

// -- one server
// ------------------------------------------------------------------------------------

redis_server::redis_server(std::vector<std::string> options)
    : folder_(new_folder()),
      options_(std::move(options)) {
    start();
}

redis_server::~redis_server() {
    process_.reset();
    std::filesystem::remove_all(folder_);
}

void redis_server::start() {
    std::vector<std::string> command{"redis-server",
                                     "--port",
                                     std::to_string(port()),
                                     "--bind",
                                     "127.0.0.1",
                                     "--dir",
                                     folder_,
                                     "--save",
                                     "",
                                     "--appendonly",
                                     "no",
                                     "--daemonize",
                                     "no",
                                     "--repl-diskless-sync-delay",
                                     "0"};
    command.insert(command.end(), options_.begin(), options_.end());
    process_ = std::make_unique<process>(command);
    wait_for_answer(port(), *process_);
}

void redis_server::kill() {
    process_->signal(SIGKILL);
    if (!process_->wait_exit(5s)) throw timed_out("redis-server survives SIGKILL");
}

redis_answer redis_server::ask(const std::vector<std::string>& words, deadline until) const {
    return redis_client(port()).ask(words, until);
}

// -- Sentinel
// --------------------------------------------------------------------------------------

redis_sentinels::redis_sentinels(milliseconds down_after, unsigned sentinels,
                                 std::vector<std::string> server_options)
    : first_(server_options),
      second_([&] {
          server_options.insert(server_options.end(),
                                {"--replicaof", "127.0.0.1 " + std::to_string(first_.port())});
          return server_options;
      }()),
      folder_(new_folder()) {
    if (!eventually(
            [&] {
                return second_.ask({"ROLE"}).to_string().find("connected") != std::string::npos;
            },
            10s))
        throw timed_out("the replica does not connect");
    const auto quorum = sentinels / 2 + 1;
    for (unsigned i = 0; i < sentinels; ++i) {
        ports_.push_back(std::make_unique<reserved_port>());
        const auto port = ports_.back()->number();
        const auto file = folder_ + "/" + std::to_string(port) + ".conf";
        const std::string name = primary_name;
        std::ofstream(file) << "port " << port << "\nbind 127.0.0.1\ndir " << folder_
                            << "\nsentinel monitor " << name << " 127.0.0.1 " << first_.port()
                            << ' ' << quorum << "\nsentinel down-after-milliseconds " << name << ' '
                            << down_after.count() << "\nsentinel failover-timeout " << name
                            << " 3000\n";
        sentinels_.push_back(
            std::make_unique<process>(std::vector<std::string>{"redis-sentinel", file}));
        wait_for_answer(port, *sentinels_.back());
    }
    const auto knows_all = [&](std::uint16_t port) {
        const auto said = redis_client(port).ask({"SENTINEL", "master", primary_name}).to_string();
        return said.find("num-slaves 1 ") != std::string::npos &&
               said.find("num-other-sentinels " + std::to_string(sentinels - 1) + " ") !=
                   std::string::npos;
    };
    if (!eventually([&] { return std::ranges::all_of(ports(), knows_all); }, 20s, 50ms))
        throw timed_out("the Sentinels do not find each other");
}

redis_sentinels::~redis_sentinels() {
    sentinels_.clear();
    std::filesystem::remove_all(folder_);
}

std::vector<std::uint16_t> redis_sentinels::ports() const {
    std::vector<std::uint16_t> all;
    for (const auto& port : ports_) all.push_back(port->number());
    return all;
}

std::uint16_t redis_sentinels::primary_port() const {
    const auto said = redis_client(ports_.front()->number())
                          .ask({"SENTINEL", "get-master-addr-by-name", primary_name});
    return static_cast<std::uint16_t>(std::stoi(said.elements.at(1).text));
}

// -- Redis Cluster
// ---------------------------------------------------------------------------------

redis_cluster_servers::redis_cluster_servers(std::size_t primaries) {
    for (std::size_t i = 0; i < primaries; ++i) {
        buses_.push_back(std::make_unique<reserved_port>());
        const auto bus = std::to_string(buses_.back()->number());
        servers_.push_back(std::make_unique<redis_server>(std::vector<std::string>{
            "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "1000",
            "--cluster-require-full-coverage", "no", "--cluster-allow-replica-migration", "no"}));
        const auto first = static_cast<unsigned>(i * slots / primaries);
        const auto last = static_cast<unsigned>((i + 1) * slots / primaries - 1);
        server(i).ask({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
        server(i).ask({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
        server(i).ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(server(0).port()),
                       std::to_string(buses_.front()->number())});
    }
    const auto complete = [](const auto& one) {
        const auto said = one->ask({"CLUSTER", "INFO"}).text;
        return said.find("cluster_state:ok") != std::string::npos &&
               said.find("cluster_slots_ok:16384") != std::string::npos;
    };
    if (!eventually([&] { return std::ranges::all_of(servers_, complete); }, 20s, 20ms))
        throw timed_out("the Redis Cluster does not form");
}

std::vector<std::uint16_t> redis_cluster_servers::ports() const {
    std::vector<std::uint16_t> all;
    for (const auto& one : servers_) all.push_back(one->port());
    return all;
}

std::size_t redis_cluster_servers::owner_of(unsigned slot) const {
    std::size_t i = 0;
    while ((i + 1) * slots / servers_.size() <= slot) ++i;
    return i;
}

std::string redis_cluster_servers::id(std::size_t index) const {
    return servers_[index]->ask({"CLUSTER", "MYID"}).text;
}

void redis_cluster_servers::migrate(unsigned slot, std::size_t from, std::size_t to) {
    const auto number = std::to_string(slot);
    server(to).ask({"CLUSTER", "SETSLOT", number, "IMPORTING", id(from)});
    server(from).ask({"CLUSTER", "SETSLOT", number, "MIGRATING", id(to)});
    while (true) {
        const auto keys = server(from).ask({"CLUSTER", "GETKEYSINSLOT", number, "100"});
        if (keys.elements.empty()) break;
        for (const auto& key : keys.elements)
            server(from).ask(
                {"MIGRATE", "127.0.0.1", std::to_string(server(to).port()), key.text, "0", "5000"});
    }
    server(to).ask({"CLUSTER", "SETSLOT", number, "NODE", id(to)});
    server(from).ask({"CLUSTER", "SETSLOT", number, "NODE", id(to)});
}

} // namespace thalamus::test
