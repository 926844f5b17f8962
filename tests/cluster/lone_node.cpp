// One node of a cluster as a process: cluster-test-node NAME CERTIFICATES-OR-EMPTY SEED-PORT...
// Prints "port N" when it listens, then a line for each change of what it sees: "NAME=STATE ...";
// ends on SIGTERM.

#include "cluster/node.hpp"
#include "net/actor_runtime.hpp"

#include <csignal>
#include <iostream>
#include <sys/resource.h>

using namespace thalamus;
using namespace std::chrono_literals;

namespace {

class printer final : public net::pinned_actor {
public:
    using net::pinned_actor::pinned_actor;
    caf::behavior make_behavior() override {
        return {[](const cluster::view_changed& v) {
            std::string line;
            for (const auto& m : v.now->members)
                line += m.name + "=" + std::string(to_text(m.state)) + " ";
            std::cout << line << std::endl;
        }};
    }
};

} // namespace

int main(int count, char** arguments) {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t end; // blocked in all threads: main waits for it
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &end, nullptr);
    const std::string name = arguments[1], directory = arguments[2];
    config::cluster_settings how;
    how.bind = {"127.0.0.1", 0};
    how.heartbeat = 100ms;
    how.suspect_after = 500ms;
    how.dead_after = 1500ms;
    if (!directory.empty())
        how.tls = {directory + "/" + name + ".pem", directory + "/" + name + ".key",
                   directory + "/ca.pem"};
    for (int i = 3; i < count; ++i)
        how.seeds.push_back({"127.0.0.1", static_cast<std::uint16_t>(std::stoi(arguments[i]))});
    net::runtime_config config(1);
    cluster::node::prepare(config);
    caf::actor_system system(config);
    auto& home = *net::reactors_of(system).front();
    auto watcher = net::spawn_on<printer>(home);
    {
        cluster::node node(home, name, how, {});
        std::cout << "port " << node.address().port() << std::endl;
        node.subscribe(watcher);
        int signal = 0;
        sigwait(&end, &signal);
    }
    caf::anon_send_exit(watcher, caf::exit_reason::user_shutdown);
}
