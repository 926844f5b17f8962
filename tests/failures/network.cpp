#include "tests/failures/network.hpp"

#include "tests/support/process.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <unistd.h>

namespace thalamus::test {
namespace {

/// Names of namespaces: this, the pid of their owner, a number, the host.
constexpr std::string_view spaces = "thalamus-failures-";
constexpr const char* nobody = "02:00:00:00:00:01"; // locally administered, given to no one

finished shell(const std::string& script) { return run({"sh", "-ec", script}); }

void do_shell(const std::string& script) {
    auto done = shell(script);
    if (done.exit != 0) throw test_error("network: " + done.error + "\n" + script);
}

bool is_this_program(const std::string& pid) {
    std::string own, other;
    std::getline(std::ifstream("/proc/self/comm"), own);
    std::getline(std::ifstream("/proc/" + pid + "/comm"), other);
    return own == other;
}

/// With the processes that still run in it. Deleting the last namespace of a link deletes the link.
void remove_space(const std::string& name) {
    std::istringstream running(run({"ip", "netns", "pids", name}).out);
    for (pid_t pid; running >> pid;) ::kill(pid, SIGKILL);
    run({"ip", "netns", "delete", name});
}

void remove_leftovers() {
    std::istringstream list(run({"ip", "netns", "list"}).out);
    for (std::string line; std::getline(list, line);) {
        auto name = line.substr(0, line.find(' '));
        if (!name.starts_with(spaces)) continue;
        auto owner = name.substr(spaces.size());
        owner.erase(owner.find('-'));
        if (!is_this_program(owner)) remove_space(name);
    }
}

/// "10.x.y.", which no route of this machine but the default one covers.
std::string free_subnet() {
    std::mt19937 random(std::random_device{}());
    std::uniform_int_distribution<int> any(1, 254);
    for (int attempts = 0; attempts < 100; ++attempts) {
        auto net = "10." + std::to_string(any(random)) + "." + std::to_string(any(random)) + ".";
        auto taken = run({"ip", "-4", "route", "show", "match", net + "0/24"}).out;
        if (taken.empty() || (taken.starts_with("default") && taken.find('\n') + 1 == taken.size()))
            return net;
    }
    throw test_error("no free subnet");
}

} // namespace

std::string network::unavailable() {
    if (::geteuid() != 0) return "network namespaces need root";
    auto name = std::string(spaces) + std::to_string(::getpid()) + "-try";
    auto made = shell("ip netns add " + name + " && ip netns delete " + name);
    return made.exit == 0 ? "" : "network namespaces cannot be made: " + made.error;
}

network::network(const std::vector<std::string>& hosts) {
    static int made = 0;
    remove_leftovers();
    const auto number = std::to_string(::getpid()) + "-" + std::to_string(++made);
    prefix_ = std::string(spaces) + number + "-";
    switch_ = prefix_ + "switch";
    const auto net = free_subnet();
    own_address_ = net + "1";
    const auto own = "tf" + number; // interface names have at most 15 characters
    std::ostringstream script;
    script << "ip netns add " << switch_ << "\n"
           << "ip -n " << switch_ << " link add bridge type bridge\n"
           << "ip -n " << switch_ << " link set bridge up\n"
           << "ip link add " << own << " type veth peer name own netns " << switch_ << "\n"
           << "ip -n " << switch_ << " link set own master bridge up\n"
           << "ip addr add " << own_address_ << "/24 dev " << own << "\n"
           << "ip link set " << own << " up\n";
    for (auto& name : hosts) {
        auto& one = hosts_.emplace_back(
            host{name, prefix_ + name, net + std::to_string(11 + hosts_.size())});
        script << "ip netns add " << one.space << "\n"
               << "ip -n " << switch_ << " link add name " << name
               << " type veth peer name eth0 netns " << one.space << "\n"
               << "ip -n " << switch_ << " link set dev " << name << " master bridge up\n"
               << "ip -n " << one.space << " link set lo up\n"
               << "ip -n " << one.space << " addr add " << one.address << "/24 dev eth0\n"
               << "ip -n " << one.space << " link set eth0 up\n";
    }
    try {
        do_shell(script.str());
    } catch (const test_error&) {
        for (auto& one : hosts_) remove_space(one.space);
        remove_space(switch_);
        throw;
    }
}

network::~network() {
    for (auto& one : hosts_) remove_space(one.space);
    remove_space(switch_);
}

const network::host& network::find(const std::string& name) const {
    for (auto& one : hosts_)
        if (one.name == name) return one;
    throw test_error("no host " + name);
}

const std::string& network::address(const std::string& host) const { return find(host).address; }

std::vector<std::string> network::on(const std::string& host,
                                     std::vector<std::string> command) const {
    std::vector<std::string> all{"ip", "netns", "exec", find(host).space};
    all.insert(all.end(), command.begin(), command.end());
    return all;
}

void network::cut(const std::string& a, const std::string& b) {
    auto hide = [](const host& from, const host& whom) {
        return "ip -n " + from.space + " neigh replace " + whom.address + " lladdr " + nobody +
               " nud permanent dev eth0\n";
    };
    do_shell(hide(find(a), find(b)) + hide(find(b), find(a)));
}

void network::heal(const std::string& a, const std::string& b) {
    auto show = [](const host& from, const host& whom) {
        return "ip -n " + from.space + " neigh delete " + whom.address + " dev eth0\n";
    };
    do_shell(show(find(a), find(b)) + show(find(b), find(a)));
}

} // namespace thalamus::test
