#include "tests/failures/cluster.hpp"

#include <gtest/gtest.h>
#include <iostream>

namespace thalamus::test {
namespace {

constexpr const char* target_host = "target";

std::vector<std::string> node_names() {
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= test_cluster::size; ++i)
        names.push_back("node-" + std::to_string(i));
    return names;
}

std::vector<std::string> all_hosts() {
    auto hosts = node_names();
    hosts.insert(hosts.end(), redis_hosts::hosts.begin(), redis_hosts::hosts.end());
    hosts.push_back(target_host);
    return hosts;
}

std::string in_ms(milliseconds time) { return std::to_string(time.count()) + "ms"; }

} // namespace

cluster_node::cluster_node(const network& on, std::string host, const temporary_folder& folder,
                           const std::string& configuration)
    : network_(on),
      host_(std::move(host)),
      address_(on.address(host_)),
      folder_(folder) {
    file_ = folder_.write(host_ + ".yaml",
                          "node: {name: \"${HOSTNAME}\", reactors: 2}\nlisten: [{bind: \"" +
                              address_ + ":" + std::to_string(port) + "\"}]\nadmin: {bind: \"" +
                              address_ + ":" + std::to_string(admin_port) + "\", token: " + token +
                              "}\nlog: {level: info, access: {to: \"" + folder_.path().string() +
                              "/${HOSTNAME}.log\"}}\ntimeouts: {drain: 6s}\n" + configuration);
}

cluster_node::~cluster_node() {
    if (!testing::Test::HasFailure()) return;
    auto said = log();
    std::cerr << host_ << " said:\n" << said.substr(said.size() > 6000 ? said.size() - 6000 : 0);
}

void cluster_node::start() {
    program_ =
        std::make_unique<process>(network_.on(host_, {thalamus_binary(), "run", "-c", file_}),
                                  std::map<std::string, std::string>{{"HOSTNAME", host_}});
}

bool cluster_node::is_ready() const {
    try {
        return raw_client(address_, admin_port).get("/ready").status == 200;
    } catch (const connection_lost&) { // not listening
        return false;
    }
}

void cluster_node::wait_ready(deadline until) {
    auto ready = [this] {
        if (!program_->running()) throw test_error(host_ + " ended: " + log());
        return is_ready();
    };
    if (!eventually(ready, until, 10ms)) throw timed_out(host_ + " is not ready: " + log());
}

void cluster_node::kill() {
    program_->signal(SIGKILL);
    if (!program_->wait_exit(5s)) throw timed_out(host_ + " outlives SIGKILL");
    former_log_ = log();
    program_.reset();
}

int cluster_node::stop(deadline until) {
    program_->signal(SIGTERM);
    auto exit = program_->wait_exit(until);
    if (!exit) throw timed_out(host_ + " does not end: " + log());
    former_log_ = log();
    program_.reset();
    return *exit;
}

std::string cluster_node::log() const {
    return former_log_ + (program_ ? program_->standard_error() : std::string());
}

test_cluster::test_cluster(const std::string& limits, const std::string& routes)
    : network_(all_hosts()),
      redis_(network_),
      target_(network_, target_host, folder_,
              "routes: [{id: all, match: {path: \"/{rest...}\"}, respond: {text: done}}]\n") {
    target_.start();
    std::vector<std::string> command{thalamus_binary(), "certs", folder_.path().string()};
    for (auto& name : node_names()) command.push_back(name);
    if (auto made = run(command); made.exit != 0) throw test_error("certs: " + made.error);
    const auto shared = shared_configuration(limits, routes);
    for (auto& name : node_names()) {
        const auto files = folder_.path().string() + "/";
        nodes_.push_back(std::make_unique<cluster_node>(
            network_, name, folder_,
            "cluster: {bind: \"" + network_.address(name) + ":" +
                std::to_string(cluster_node::cluster_port) + "\", heartbeat: " + in_ms(heartbeat) +
                ", suspect_after: " + in_ms(suspect_after) + ", dead_after: " + in_ms(dead_after) +
                ", tls: {certificate: " + files + name + ".pem, key: " + files + name +
                ".key, ca: " + files + "ca.pem}" + shared));
        nodes_.back()->start();
    }
    target_.wait_ready();
    for (auto& one : nodes_) one->wait_ready();
}

/// From within the braces of `cluster` on.
std::string test_cluster::shared_configuration(const std::string& limits,
                                               const std::string& routes) const {
    std::string seeds;
    for (auto& name : node_names())
        seeds += (seeds.empty() ? "\"" : ", \"") + network_.address(name) + ":" +
                 std::to_string(cluster_node::cluster_port) + "\"";
    return ", seeds: [" + seeds + "]}\nstore: {redis: " + redis_.setting() +
           "}\nservices: {app: {targets: [\"http://" + network_.address(target_host) + ":" +
           std::to_string(cluster_node::port) + "\"]}}\nrate_limits:\n" + limits + "routes:\n" +
           routes;
}

std::vector<std::string> test_cluster::addresses() const {
    std::vector<std::string> all;
    for (auto& one : nodes_) all.push_back(one->address());
    return all;
}

void test_cluster::to_peers(std::size_t node, change what) {
    for (std::size_t other = 0; other < size; ++other)
        if (other != node) (network_.*what)(nodes_[node]->name(), nodes_[other]->name());
}

void test_cluster::to_redis(std::size_t node, change what) {
    for (auto* host : redis_hosts::hosts) (network_.*what)(nodes_[node]->name(), host);
}

} // namespace thalamus::test
