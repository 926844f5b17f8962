// Who probes a target, and how the others come to know: the target monitor in a cluster whose other nodes
// are the test's.

#include "actors/upstream/target_monitor.hpp"
#include "base/rendezvous.hpp"
#include "tests/actors/node.hpp"
#include "tests/cluster/running_node.hpp"
#include "tests/support/ports.hpp"
#include "tests/support/socket.hpp"
#include "tests/support/system_names.hpp"

#include <mutex>

namespace thalamus::actors::target_monitor_test {
namespace {

using cluster::test::running_node;
using namespace std::chrono_literals;

class monitored_target : public node_test {
protected:
    /// The node "test" with one target.
    void begin(const std::string& service, std::uint16_t seed, const std::string& interval) {
        start("cluster: {bind: \"127.0.0.1:" + std::to_string(port_.number()) +
              "\", seeds: [\"127.0.0.1:" + std::to_string(seed) +
              "\"], heartbeat: 100ms, suspect_after: 500ms, dead_after: 1500ms}\n"
              "services: {" +
              service + ": {targets: [\"http://" + target_ +
              "\"], health: {path: /, interval: " + interval +
              ", timeout: 50ms, unhealthy_after: 2}}}\n"
              "routes: [{id: all, match: {path: \"/{rest...}\"}, service: " +
              service + "}]\n");
        if (HasFatalFailure()) return;
        target_monitor_ =
            net::spawn_on<target_monitor>(context().home, context(), std::vector<caf::actor>{});
    }
    void end() override { caf::anon_send_exit(target_monitor_, caf::exit_reason::user_shutdown); }

    /// A service whose target has that prober among the nodes, however many of them there are.
    std::string service_probed_by(const std::string& who, const std::vector<std::string>& nodes) {
        for (int i = 0;; ++i) {
            const auto service = "s" + std::to_string(i);
            if (base::rendezvous_node(service, target_, nodes) == who) return service;
        }
    }
    bool healthy() {
        const auto set = context().node.targets[0]->current();
        return set && set->health.look(0, context().home.now()).healthy;
    }

    test::socket listener_ = test::socket::listen();
    const std::string target_ = "127.0.0.1:" + std::to_string(listener_.local_port());
    test::reserved_port port_;
    caf::actor target_monitor_;
};

TEST_F(monitored_target, finds_the_addresses_of_names_though_one_is_not_known) {
    const auto port = std::to_string(listener_.local_port());
    // No name server is asked for either.
    start("services: {s: {targets: [\"http://no-such-host.onion\", \"http://localhost:" + port +
          "\"]}}\nroutes: [{id: all, match: {path: /}, service: s}]\n");
    if (HasFatalFailure()) return;
    target_monitor_ =
        net::spawn_on<target_monitor>(context().home, context(), std::vector<caf::actor>{});
    const auto& source = *context().node.targets[0];
    ASSERT_TRUE(test::eventually([&] { return source.current() != nullptr; }));
    EXPECT_TRUE(source.looked_up());
    std::vector<std::string> found;
    for (const auto& t : source.current()->targets) found.push_back(t.text);
    EXPECT_NE(std::ranges::find(found, "127.0.0.1:" + port), found.end());
}

TEST_F(monitored_target, looks_names_up_again_as_their_ttl_passes_and_keeps_what_it_had_meanwhile) {
    std::atomic<int> phase = 0, queries = 0;
    test::system_names names([&](const std::string&) -> std::optional<test::dns_records> {
        ++queries;
        if (phase == 1) return test::no_such_name;
        return test::dns_records{.addresses = {phase == 0 ? "127.0.0.1" : "127.0.0.2"}, .ttl = 1};
    });
    start("services: {s: {targets: [\"http://app.test:80\"]}}\n"
          "routes: [{id: all, match: {path: /}, service: s}]\n");
    if (HasFatalFailure()) return;
    target_monitor_ =
        net::spawn_on<target_monitor>(context().home, context(), std::vector<caf::actor>{});
    const auto has = [&](const std::string& address) {
        const auto set = context().node.targets[0]->current();
        return set && set->targets.size() == 1 && set->targets[0].text == address;
    };
    ASSERT_TRUE(test::eventually([&] { return has("127.0.0.1:80"); }));
    phase = 1;
    const int before = queries;
    // A look-up has two queries: with the fifth, the result of a failed one was handled.
    ASSERT_TRUE(test::eventually([&] { return queries >= before + 5; }));
    EXPECT_TRUE(has("127.0.0.1:80"));
    phase = 2;
    EXPECT_TRUE(test::eventually([&] { return has("127.0.0.2:80"); }));
}

TEST_F(monitored_target, tells_again_what_is_unhealthy_when_another_node_comes) {
    std::atomic<int> told = 0;
    listener_.close();
    running_node x("x", {});
    x->subscribe<health_report>(health_topic, [&](const std::string& by, const health_report& r) {
        if (by == "test" && r.target == target_ && !r.healthy) ++told;
    });
    begin(service_probed_by("test", {"test", "x", "y"}), x.port(), "100ms");
    ASSERT_TRUE(test::eventually([&] { return told > 0; }));
    ASSERT_TRUE(x.sees(2));
    // Then nothing changes any more; y may have come too late for what was said.
    int before = 0;
    do {
        before = told;
        std::this_thread::sleep_for(300ms); // the time in which nothing is told
    } while (told != before);
    running_node y("y", {x.port()});
    EXPECT_TRUE(test::eventually([&] { return told > before; }));
}

TEST_F(monitored_target, heeds_what_a_node_has_said_before_it_was_known_to_be_the_prober) {
    const test::reserved_port of_x;
    const auto service = service_probed_by("x", {"test", "x"});
    std::thread answers_once([&] {
        auto client = listener_.accept(5s);
        std::string request;
        while (client.valid() && request.find("\r\n\r\n") == request.npos &&
               client.receive(request, 5s)) {}
        if (client.valid()) client.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        listener_.close();
    });
    begin(service, of_x.number(), "10s"); // so seldom that it does not find out by itself
    answers_once.join();
    ASSERT_TRUE(healthy());
    on_reactor([&] {
        context().node.health_views.hear("x", {service, target_, false, {}}, context().home.now());
    });
    running_node x("x", {}, {}, of_x.number());
    EXPECT_TRUE(eventually([&] { return !healthy(); }));
}

} // namespace
} // namespace thalamus::actors::target_monitor_test
