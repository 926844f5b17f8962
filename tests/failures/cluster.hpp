#pragma once
// A cluster as it is run for production, on one machine: three gateways, Redis with Sentinels and a
// target for their routes, each on a host of its own (see network.hpp).

#include "tests/failures/network.hpp"
#include "tests/failures/redis_hosts.hpp"
#include "tests/support/gateway.hpp"

#include <csignal>
#include <memory>
#include <vector>

namespace thalamus::test {

/// One node: the program on its host, started and ended by the test.
class cluster_node {
public:
    static constexpr std::uint16_t port = 8080, admin_port = 9901, cluster_port = 7946;
    static constexpr const char* token = "token-of-the-failure-tests";

    /// `configuration`: all but node, listen, admin, log and timeouts. Its files are in `folder`,
    /// which nodes share: their configurations differ only in what each has its own of.
    cluster_node(const network& on, std::string host, const temporary_folder& folder,
                 const std::string& configuration);
    ~cluster_node();

    const std::string& name() const { return host_; } ///< of the node and of its host
    const std::string& address() const { return address_; }
    std::filesystem::path access_log() const { return folder_.path() / (host_ + ".log"); }

    void start();
    /// @throws timed_out, test_error if it ends
    void wait_ready(deadline until = 15s);
    bool is_ready() const;
    void kill(); ///< SIGKILL
    void freeze() { program_->signal(SIGSTOP); }
    void thaw() { program_->signal(SIGCONT); }
    /// SIGTERM; the exit code. @throws timed_out
    int stop(deadline until = 15s);
    pid_t pid() const { return program_->pid(); }
    /// What it said on stderr in all its lives.
    std::string log() const;

private:
    const network& network_;
    const std::string host_, address_;
    const temporary_folder& folder_;
    std::string file_, former_log_;
    std::unique_ptr<process> program_;
};

class test_cluster {
public:
    static constexpr std::size_t size = 3;
    static constexpr milliseconds heartbeat{500}, suspect_after{2000}, dead_after{6000};

    /// `limits` and `routes`: the sections of these names; service `app` is the target, which
    /// answers every request at once. Returns when all nodes are ready.
    test_cluster(const std::string& limits, const std::string& routes);

    cluster_node& node(std::size_t index) { return *nodes_[index]; }
    std::vector<std::string> addresses() const;
    redis_hosts& redis() { return redis_; }

    /// Links between one node and all others, or all of Redis.
    void cut_from_peers(std::size_t node) { to_peers(node, &network::cut); }
    void heal_to_peers(std::size_t node) { to_peers(node, &network::heal); }
    void cut_from_redis(std::size_t node) { to_redis(node, &network::cut); }
    void heal_to_redis(std::size_t node) { to_redis(node, &network::heal); }

private:
    using change = void (network::*)(const std::string&, const std::string&);
    void to_peers(std::size_t node, change what);
    void to_redis(std::size_t node, change what);
    std::string shared_configuration(const std::string& limits, const std::string& routes) const;

    network network_;
    redis_hosts redis_;
    temporary_folder folder_;
    cluster_node target_;
    std::vector<std::unique_ptr<cluster_node>> nodes_;
};

} // namespace thalamus::test
