// Who reaches the port without being a node: refused, and of no consequence for those that are.

#include "cluster/frame.hpp"
#include "cluster/link_broker.hpp"
#include "cluster/messages.hpp"
#include "tests/cluster/running_node.hpp"
#include "tests/support/socket.hpp"

#include <caf/io/all.hpp>

#include <csignal>
#include <random>
#include <sys/resource.h>

namespace thalamus::cluster::test::strangers_test {
namespace {

using thalamus::test::socket;
using thalamus::test::stopwatch;

constexpr milliseconds link_broker_deadline = link_broker::approval_within;
const auto no_signal = std::signal(SIGPIPE, SIG_IGN); // as the program does

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](timeval t) { return t.tv_sec + t.tv_usec / 1e6; };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Two nodes with a link; with and without TLS.
class strangers : public testing::TestWithParam<bool> {
protected:
    strangers() {
        b_->serve(1, [](const auto&, auto payload, auto reply) { reply(std::string(payload)); });
        EXPECT_TRUE(a_.linked_with(1) && b_.linked_with(1));
    }
    ~strangers() override {
        // Whatever happened, the link was not touched.
        EXPECT_EQ(b_.call("a", 9, ""), std::nullopt);
        EXPECT_TRUE(eventually([&] { return a_.call("b", 1, "still there") == "still there"; }));
        EXPECT_EQ(a_->counters().links_lost + b_->counters().links_lost, 0u);
        EXPECT_EQ(a_->current()->known(), 2u);
    }
    static std::optional<config::tls_files> tls() {
        static const certificates made({"node"});
        return GetParam() ? std::optional(made.of("node")) : std::nullopt;
    }
    /// The stranger's connection ends within the time.
    static bool is_closed(const socket& s, deadline until) {
        std::string got;
        while (!until.passed()) {
            if (!s.readable(until)) return false;
            try {
                if (!const_cast<socket&>(s).receive(got, until)) return true;
            } catch (const thalamus::test::connection_lost&) {
                return true;
            }
        }
        return false;
    }

    running_node a_{"a", {}, tls()};
    running_node b_{"b", {a_.port()}, tls()};
};

TEST_P(strangers, random_bytes) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 200; ++i) {
        auto s = socket::connect(a_.port());
        std::string bytes(1 + random() % 2000, '\0');
        for (auto& c : bytes) c = static_cast<char>(random());
        if (i % 4 == 1) bytes.replace(0, std::min<std::size_t>(3, bytes.size()), "\x16\x03\x01");
        if (i % 4 == 2)
            bytes.replace(0, std::min<std::size_t>(4, bytes.size()), std::string("\0\0\1\0", 4));
        try {
            s.send(bytes);
        } catch (const thalamus::test::connection_lost&) {}
        if (i % 2 == 0) s.close();
    }
    EXPECT_TRUE(eventually([&] { return a_->counters().links_refused >= 200; }));
}

TEST_P(strangers, a_request_of_http_is_closed_at_once) {
    auto s = socket::connect(a_.port());
    s.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(is_closed(s, 2s));
}

TEST_P(strangers, a_mute_one_is_closed_in_time_and_costs_nothing_till_then) {
    auto s = socket::connect(a_.port());
    std::vector<socket> more;
    for (int i = 0; i < 20; ++i) more.push_back(socket::connect(b_.port()));
    more.front().shutdown_send(); // half open
    const auto before = cpu_seconds();
    const stopwatch time;
    EXPECT_TRUE(is_closed(s, link_broker_deadline + 2s));
    EXPECT_GE(time.elapsed(), link_broker_deadline - 100ms);
    EXPECT_LT(cpu_seconds() - before, 1.0); // of 5 s; both nodes' heartbeats are in it
    for (auto& m : more) EXPECT_TRUE(is_closed(m, 2s));
}

TEST_P(strangers, a_crowd_is_bounded_and_keeps_nobody_out_for_long) {
    std::vector<socket> crowd;
    for (int i = 0; i < 200; ++i) crowd.push_back(socket::connect(a_.port()));
    // Silent ones are closed after 1.3 s, too; those that find no place, at once.
    const auto closed = [&] {
        return std::ranges::count_if(crowd, [](auto& s) { return is_closed(s, 1ms); });
    };
    EXPECT_TRUE(eventually([&] { return closed() >= 200 - 64; }, 1s)) << closed();
    crowd.clear();
    running_node c("c", {a_.port()}, tls());
    EXPECT_TRUE(c.sees(3));
    c.leave();
    EXPECT_TRUE(a_.sees(2) && b_.sees(2));
}

TEST_P(strangers, silent_ones_that_come_back_at_once_keep_no_peer_out) {
    std::vector<socket> silent; // all places
    for (int i = 0; i < 100; ++i) silent.push_back(socket::connect(a_.port()));
    std::jthread crowd([&](const std::stop_token& stop) {
        while (!stop.stop_requested() && silent.size() < 500) {
            silent.push_back(socket::connect(a_.port()));
            std::this_thread::sleep_for(20ms); // a place is taken again after 1.3 s
        }
    });
    const stopwatch watch;
    running_node c("c", {a_.port()}, tls());
    EXPECT_TRUE(c.sees(3));
    EXPECT_LT(watch.elapsed(), 2s);
    c.leave();
    EXPECT_TRUE(a_.sees(2) && b_.sees(2));
}

TEST_P(strangers, a_program_that_speaks_cafs_own_protocol) {
    caf::actor_system_config config;
    config.load<caf::io::middleman>();
    config.set("scheduler.policy", caf::atom("sharing"));
    caf::actor_system system(config);
    const auto remote = [&] {
        auto connecting = std::async(std::launch::async, [&] {
            return bool(system.middleman().remote_actor("127.0.0.1", a_.port()));
        });
        return connecting.get();
    };
    EXPECT_FALSE(remote());
}

INSTANTIATE_TEST_SUITE_P(without_and_with_tls, strangers, testing::Bool(),
                         [](const auto& info) { return info.param ? "tls" : "plain"; });

/// Only with TLS.
using outsiders = strangers;

TEST_P(outsiders, a_node_with_a_certificate_of_another_ca_or_none_stays_outside) {
    const certificates foreign({"node"});
    running_node other("c", {a_.port(), b_.port()}, foreign.of("node"));
    running_node plain("d", {a_.port(), b_.port()});
    EXPECT_TRUE(eventually([&] { return a_->counters().links_refused >= 3; }));
    EXPECT_TRUE(eventually([&] { return other->counters().dials_failed >= 3; }));
    EXPECT_TRUE(eventually([&] { return plain->counters().dials_failed >= 1; }));
    EXPECT_EQ(other->current()->known(), 1u);
    EXPECT_EQ(plain->current()->known(), 1u);
}

TEST_P(outsiders, handshakes_that_stop_halfway) {
    // The beginning of a real ClientHello, then silence or an end.
    const std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    std::vector<socket> stuck;
    for (int i = 0; i < 10; ++i) {
        stuck.push_back(socket::connect(a_.port()));
        stuck.back().send(hello);
        if (i % 2 == 0) stuck.back().reset();
    }
    const auto before = cpu_seconds();
    EXPECT_TRUE(is_closed(stuck.back(), link_broker_deadline + 2s));
    EXPECT_LT(cpu_seconds() - before, 1.0);
}

INSTANTIATE_TEST_SUITE_P(with_tls, outsiders, testing::Values(true),
                         [](const auto&) { return "tls"; });

/// Only without: what a program on this machine could send that begins as a node does.
using pretenders = strangers;

TEST_P(pretenders, messages_before_the_first_or_not_by_whom_they_say) {
    const auto turned_away = [&](std::vector<message> what) {
        auto s = socket::connect(a_.port());
        for (const auto& m : what) s.send(to_frame(encode(m)));
        return is_closed(s, 3s);
    };
    heartbeat other;
    other.sender.name = "y";
    other.sender.incarnation = 5;
    EXPECT_TRUE(turned_away({other}));
    EXPECT_TRUE(turned_away({call_request{1, 1, "x"}}));
    EXPECT_TRUE(turned_away({hello{1, 1, "b", 1ull << 62}})); // b is there
    EXPECT_TRUE(turned_away({hello{1, 1, "a", 1}}));
    EXPECT_TRUE(turned_away({hello{9, 8, "z", 1}}));
    EXPECT_TRUE(turned_away({hello{1, 1, "z", 1}, other}));
}

TEST_P(pretenders, a_message_longer_than_any_is_not_waited_for) {
    auto s = socket::connect(a_.port());
    s.send(to_frame(encode(hello{1, 1, "z", 1})));
    std::string greeting;
    ASSERT_TRUE(s.receive(greeting));
    s.send(std::string("\x7f\xff\xff\xff", 4));
    EXPECT_TRUE(is_closed(s, 2s));
}

TEST_P(pretenders, a_peer_that_does_not_read_is_dropped_before_it_costs_memory) {
    auto s = socket::connect(a_.port(), 4096);
    s.send(to_frame(encode(hello{1, 1, "z", 1})));
    std::string greeting;
    ASSERT_TRUE(s.receive(greeting));
    // It calls and calls, and never reads a reply.
    a_->serve(2, [](const auto&, auto, auto reply) { reply(std::string(60000, 'x')); });
    bool closed = false;
    for (std::uint64_t i = 1; i < 2000 && !closed; ++i) try {
            s.send(to_frame(encode(call_request{i, 2, "?"})));
        } catch (const thalamus::test::connection_lost&) {
            closed = true;
        }
    EXPECT_TRUE(closed || is_closed(s, 5s));
}

INSTANTIATE_TEST_SUITE_P(without_tls, pretenders, testing::Values(false),
                         [](const auto&) { return "plain"; });

} // namespace
} // namespace thalamus::cluster::test::strangers_test
