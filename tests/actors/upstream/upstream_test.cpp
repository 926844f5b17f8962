// Relays while the addresses of their service change under them.

#include "actors/upstream/upstream.hpp"

#include "tests/actors/node.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <thread>

namespace thalamus::actors::upstream_test {
namespace {

using boost::asio::ip::tcp;

/// Takes connections one after the other and leaves them to the test.
struct target_port {
    boost::asio::io_context io;
    tcp::acceptor acceptor{io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};

    tcp::socket accept() { return acceptor.accept(); }
    /// The request's head.
    static std::string read(tcp::socket& from) {
        std::string head;
        boost::asio::read_until(from, boost::asio::dynamic_buffer(head), "\r\n\r\n");
        return head;
    }
    static void respond(tcp::socket& to, std::string_view body) {
        boost::asio::write(to, boost::asio::buffer("HTTP/1.1 200 OK\r\nContent-Length: " +
                                                   std::to_string(body.size()) + "\r\n\r\n" +
                                                   std::string(body)));
    }
    target named(std::string name) const {
        target t;
        t.address = acceptor.local_endpoint();
        t.text = net::to_text(t.address);
        t.authority = std::move(name);
        t.id = t.address.port();
        return t;
    }
};

struct upstream_test : node_test {
    void begin(const std::string& service) {
        start("services: {app: {targets: [\"http://app\"], " + service +
              "}}\nroutes: [{id: all, match: {path: \"/{rest...}\"}, service: app}]\n");
        on_reactor([&] { made = std::make_unique<upstream>(context(), 0); });
    }
    void end() override { made.reset(); }

    void use(std::vector<target> targets) {
        on_reactor([&] {
            auto& source = *context().node.targets[0];
            source.replace(std::make_shared<target_set>(std::move(targets), source.settings(),
                                                        source.current().get(),
                                                        context().home.now()));
            made->refresh_targets();
        });
    }
    void request(outcome& to, const std::string& line) {
        on_reactor([&] {
            exchange_ptr b = ask(to, line);
            b->route_index = 0;
            b->route = &context().node.plan.route(0);
            b->service_index = 0;
            b->forward = &b->route->forward[0];
            b->uri = http::canonicalize(b->head().target, b->path_buffer);
            b->forward_uri.path = b->uri.path;
            b->set_deadline(std::chrono::seconds(10));
            made->handle(std::move(b));
        });
    }
    std::unique_ptr<upstream> made;
};

TEST_F(upstream_test, one_that_waits_takes_a_target_of_the_new_addresses) {
    begin("connections: {max: 1}, balance: round_robin, connect_timeout: 10s, host: target");
    target_port a, b, c;
    use({a.named("a")});
    outcome first, second, third;
    request(first, "GET /1");
    auto at_a = a.accept();
    target_port::read(at_a);
    request(second, "GET /2"); // waits: a's only connection is lent
    request(third, "GET /3");
    EXPECT_FALSE(second.closed);

    use({b.named("b"), c.named("c")}); // both take targets that the first set did not have
    auto at_b = b.accept(), at_c = c.accept();
    const auto asked = target_port::read(at_b) + target_port::read(at_c);
    EXPECT_NE(asked.find("Host: b\r\n"), asked.npos) << asked;
    EXPECT_NE(asked.find("Host: c\r\n"), asked.npos) << asked;
    target_port::respond(at_b, "from b");
    target_port::respond(at_c, "from c");
    target_port::respond(at_a, "from a");
    EXPECT_TRUE(eventually([&] { return first.closed && second.closed && third.closed; }));
    EXPECT_EQ(first.body, "from a");
    EXPECT_NE(second.body, third.body);
}

TEST_F(upstream_test, one_whose_target_is_gone_from_the_addresses_is_tried_again_there) {
    begin("balance: round_robin");
    target_port a, b, c;
    use({a.named("a"), b.named("b"), c.named("c")});
    target_port* ports[] = {&a, &b, &c};
    std::vector<tcp::socket> at; // a kept-alive connection to each
    for (auto* port : ports) at.emplace_back(port->io);
    {
        std::vector<std::thread> targets;
        for (std::size_t i = 0; i < 3; ++i)
            targets.emplace_back([&, i] {
                at[i] = ports[i]->accept();
                target_port::read(at[i]);
                target_port::respond(at[i], "once");
            });
        outcome of[3];
        for (auto& each : of) request(each, "GET /");
        EXPECT_TRUE(eventually([&] { return of[0].closed && of[1].closed && of[2].closed; }));
        for (auto& each : targets) each.join();
    }
    outcome of[3];
    for (int i = 0; i < 3; ++i) request(of[i], "GET /" + std::to_string(i));
    std::size_t asked[3]; // which of the requests each target got
    for (int i = 0; i < 3; ++i)
        asked[i] = static_cast<std::size_t>(target_port::read(at[i])[5] - '0');

    use({a.named("a")}); // index 2 means nothing any more
    std::thread again([&] {
        auto fresh = c.accept();
        target_port::read(fresh);
        target_port::respond(fresh, "again");
    });
    at[2].close(); // as a target does that goes away: a stale connection, tried again at once
    EXPECT_TRUE(eventually([&] { return of[asked[2]].closed; }));
    again.join();
    EXPECT_EQ(of[asked[2]].body, "again");
    target_port::respond(at[0], "a");
    target_port::respond(at[1], "b");
    EXPECT_TRUE(eventually([&] { return of[0].closed && of[1].closed && of[2].closed; }));
}

TEST_F(upstream_test, an_address_keeps_its_health_from_set_to_set) {
    begin("outlier: {consecutive_failures: 1, eject_for: 30s, max_ejected: 100%}");
    target_port a, b, c;
    use({a.named("a"), b.named("b")});
    const auto now = context().home.now();
    const auto set = [&] { return context().node.targets[0]->current(); };
    ASSERT_TRUE(set()->health.failed(0, now));
    use({c.named("c"), a.named("a")});
    EXPECT_TRUE(set()->health.available(0, now));
    EXPECT_FALSE(set()->health.available(1, now)) << "a is still ejected";
    use({a.named("a")});
    EXPECT_TRUE(set()->health.available(0, now)) << "the last one is never ejected";
}

TEST_F(upstream_test, a_client_that_has_enough_of_an_answer_says_nothing_against_the_target) {
    begin("outlier: {consecutive_failures: 2, eject_for: 30s, max_ejected: 100%}");
    target_port a, b;
    use({a.named("a"), b.named("b")});
    auto& health = context().node.targets[0]->current()->health;
    health.failed(0, context().home.now());
    health.failed(1, context().home.now());
    outcome of;
    request(of, "GET /stream");
    a.acceptor.non_blocking(true);
    b.acceptor.non_blocking(true);
    boost::system::error_code none_yet;
    tcp::socket asked(a.io);
    bool at_a = true;
    EXPECT_TRUE(eventually([&] {
        a.acceptor.accept(asked, none_yet);
        if (!none_yet) return true;
        b.acceptor.accept(asked, none_yet);
        at_a = false;
        return !none_yet;
    }));
    asked.non_blocking(false);
    target_port::read(asked);
    boost::asio::write(asked, boost::asio::buffer(std::string("HTTP/1.1 200 OK\r\n\r\nsome")));
    EXPECT_TRUE(eventually([&] { return of.body == "some"; }));
    on_reactor([&] { last_stream->client_leaves(); });
    const auto now = context().home.now();
    EXPECT_EQ(health.look(at_a ? 0 : 1, now).consecutive_failures, 0u);
    EXPECT_EQ(health.look(at_a ? 1 : 0, now).consecutive_failures, 1u);
}

TEST_F(upstream_test, that_ends_answers_503_and_leaves_no_count_behind) {
    begin("connections: {max: 1}, connect_timeout: 10s");
    target_port a;
    use({a.named("a")});
    outcome asked, waiting;
    request(asked, "GET /1");
    auto at_a = a.accept();
    target_port::read(at_a);
    request(waiting, "GET /2");
    on_reactor([&] { made.reset(); });
    EXPECT_EQ(asked.status(), 503u);
    EXPECT_EQ(waiting.status(), 503u);
    const auto page = context().node.metrics.expose(observe::metrics::text_format::prometheus);
    for (const auto* gauge : {"requests_in_flight", "requests_waiting", "connections_active"})
        EXPECT_NE(page.find("thalamus_service_" + std::string(gauge) + "{service=\"app\"} 0\n"),
                  page.npos)
            << gauge;
}

} // namespace
} // namespace thalamus::actors::upstream_test
