// http_client: the line, cancelling in every phase, and what handlers may do.
#include "tests/net/client_bench.hpp"

namespace thalamus::net::http_client_lifetime_test {
namespace {

using test::recording_target;
using test::target_exchange;

using http_client_line = client_bench;
using http_client_cancelling = client_bench;
using http_client_handlers = client_bench;

http_client::settings few(std::size_t connections, std::size_t waiting = 128) {
    http_client::settings how;
    how.max_connections = connections;
    how.max_waiting = waiting;
    return how;
}

/// The name server of a name that is not known until then.
test::dns_server::handler known_after(test::gate& go) {
    return [&go](const std::string&) {
        go.wait();
        return test::dns_records{.addresses = {"127.0.0.1"}};
    };
}

TEST_F(http_client_line, keeps_calls_beyond_the_connections_in_their_order) {
    test::gate go;
    recording_target server([&](target_exchange& x) {
        x.wait(go);
        x.answer(200, x.head.target);
    });
    connect_to(server, few(1));
    std::vector<asked> calls;
    for (int i = 0; i < 5; ++i) calls.push_back(get("/" + std::to_string(i)));
    ASSERT_TRUE(test::eventually([&] { return server.request_count() == 1; }));
    go.open();
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(calls[static_cast<std::size_t>(i)].answer().body, "/" + std::to_string(i));
    const auto seen = server.requests();
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(seen[i].target, "/" + std::to_string(i));
    EXPECT_EQ(server.connection_count(), 1u);
}

TEST_F(http_client_line, opens_no_more_connections_than_it_may) {
    test::gate go;
    recording_target server([&](target_exchange& x) {
        x.wait(go);
        x.answer(200);
    });
    connect_to(server, few(3));
    std::vector<asked> calls;
    for (int i = 0; i < 10; ++i) calls.push_back(get("/"));
    ASSERT_TRUE(server.wait_for_requests(3));
    go.open();
    for (auto& call : calls) call.answer();
    EXPECT_EQ(server.connection_count(), 3u);
}

TEST_F(http_client_line, refuses_calls_when_it_is_full) {
    test::gate go;
    recording_target server([&](target_exchange& x) {
        x.wait(go);
        x.answer(200);
    });
    connect_to(server, few(1, 2));
    auto first = get("/"), second = get("/"), third = get("/");
    EXPECT_EQ(get("/").failure(), kind::overloaded);
    go.open();
    first.answer();
    second.answer();
    third.answer();
    EXPECT_EQ(get("/").answer().status, 200u);
}

TEST_F(http_client_line, is_as_long_while_the_name_is_looked_up) {
    test::gate found;
    recording_target server;
    test::dns_server names(known_after(found));
    connect_to("slow.test.", server.port(), names, few(2, 1));
    std::vector<asked> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(get("/"));
    EXPECT_EQ(get("/").failure(), kind::overloaded);
    found.open();
    for (auto& call : calls) EXPECT_EQ(call.answer().status, 200u);
}

TEST_F(http_client_line, is_not_waited_in_beyond_the_deadline) {
    test::gate go;
    recording_target server([&](target_exchange& x) {
        x.wait(go);
        x.answer(200);
    });
    connect_to(server, few(1));
    auto first = get("/");
    const auto failure = std::get<http_failure>(get("/", 50ms).get());
    EXPECT_EQ(failure.what, kind::timeout);
    EXPECT_EQ(failure.text, "no connection to " + server.address() + " became free in time");
    go.open();
    EXPECT_EQ(first.answer().status, 200u);
}

TEST_F(http_client_line, goes_on_when_calls_fail) {
    test::refusing_port closed;
    connect_to({"127.0.0.1", closed.port()}, few(1));
    std::vector<asked> calls;
    for (int i = 0; i < 20; ++i) calls.push_back(get("/"));
    for (auto& call : calls) EXPECT_EQ(call.failure(), kind::cannot_connect);
}

TEST_F(http_client_cancelling, during_the_look_up) {
    test::gate found;
    recording_target server;
    test::dns_server names(known_after(found));
    connect_to("slow.test.", server.port(), names, few(1));
    auto gone = get("/gone"), stays = get("/stays");
    cancel(gone);
    EXPECT_TRUE(gone.cancelled());
    found.open();
    EXPECT_EQ(stays.answer().status, 200u);
    EXPECT_EQ(server.request_count(), 1u);
}

TEST_F(http_client_cancelling, in_the_line) {
    test::gate go;
    recording_target server([&](target_exchange& x) {
        x.wait(go);
        x.answer(200);
    });
    connect_to(server, few(1));
    auto first = get("/first"), gone = get("/gone"), last = get("/last");
    cancel(gone);
    EXPECT_TRUE(gone.cancelled());
    go.open();
    first.answer();
    last.answer();
    EXPECT_EQ(server.request_count(), 2u);
}

TEST_F(http_client_cancelling, while_connecting_lets_the_next_try) {
    test::silent_port mute;
    connect_to({"127.0.0.1", mute.port()}, few(1));
    auto gone = get("/");
    auto next = get("/", 100ms);
    cancel(gone);
    EXPECT_TRUE(gone.cancelled());
    // It waits for an answer to its own connect, not for a free connection.
    EXPECT_NE(std::get<http_failure>(next.get()).text.find("no connection in time"),
              std::string::npos);
}

TEST_F(http_client_cancelling, before_and_within_the_answer_closes_the_connection) {
    for (const std::string& begin :
         {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel")}) {
        std::atomic<bool> left = false;
        test::gate sent;
        recording_target server([&](target_exchange& x) {
            if (x.head.target != "/gone") {
                x.answer(200);
                return;
            }
            x.send(begin);
            sent.open();
            left = x.client_left(10s);
            x.close();
        });
        connect_to(server, few(1));
        auto gone = get("/gone"), next = get("/next");
        ASSERT_TRUE(sent.wait());
        cancel(gone);
        EXPECT_TRUE(gone.cancelled());
        EXPECT_EQ(next.answer().status, 200u);
        EXPECT_TRUE(test::eventually([&] { return left.load(); }));
    }
}

TEST_F(http_client_cancelling, an_answer_that_is_there_but_not_delivered) {
    recording_target server;
    connect_to(server, few(1, 0));
    on_reactor([&] {
        bool called = false;
        auto call = client_->call({}, home_.now() + 10s, most_body,
                                  [&](const http_result&) { called = true; });
        auto refused = client_->call({}, home_.now() + 10s, most_body,
                                     [&](const http_result&) { called = true; });
        refused.reset(); // it had failed already
        call.reset();
        EXPECT_FALSE(called);
    });
    EXPECT_EQ(get("/").answer().status, 200u);
}

TEST_F(http_client_cancelling, all_calls_with_the_client) {
    test::gate go;
    recording_target server([&](target_exchange& x) { x.wait(go); });
    connect_to(server, few(1, 1));
    auto asking = get("/"), waiting = get("/");
    ASSERT_TRUE(server.wait_for_requests(1));
    on_reactor([&] {
        auto refused = client_->call({}, home_.now() + 10s, most_body, [](const http_result&) {
            ADD_FAILURE() << "called after its client was gone";
        });
        client_.reset();
        calls_[-1] = std::move(refused);
    });
    EXPECT_TRUE(asking.cancelled());
    EXPECT_TRUE(waiting.cancelled());
    go.open();
}

TEST_F(http_client_cancelling, handlers_that_own_their_calls_go_with_the_client) {
    test::silent_port mute;
    connect_to({"127.0.0.1", mute.port()});
    on_reactor([&] {
        for (int i = 0; i < 3; ++i) {
            auto own = std::make_shared<std::unique_ptr<http_call>>();
            *own = client_->call({}, home_.now() + 10s, most_body, [own](const http_result&) {});
        }
        client_.reset();
    });
}

TEST_F(http_client_handlers, are_called_later_even_if_a_call_fails_at_once) {
    test::silent_port mute;
    connect_to({"127.0.0.1", mute.port()}, few(1, 0));
    std::promise<kind> refused;
    std::unique_ptr<http_call> first, second;
    on_reactor([&] {
        first = client_->call({}, home_.now() + 10s, most_body, [](const http_result&) {});
        second = client_->call({}, home_.now() + 10s, most_body, [&](const http_result& result) {
            EXPECT_NE(second, nullptr); // call() had returned
            EXPECT_TRUE(home_.is_current());
            refused.set_value(std::get<http_failure>(result).what);
        });
    });
    auto result = refused.get_future();
    ASSERT_EQ(result.wait_for(10s), std::future_status::ready);
    EXPECT_EQ(result.get(), kind::overloaded);
    on_reactor([&] {
        first.reset();
        second.reset();
    });
}

TEST_F(http_client_handlers, may_destroy_their_own_call_and_others) {
    test::gate go;
    recording_target server([&](target_exchange& x) {
        if (x.head.target != "/1") x.wait(go);
        x.answer(200);
    });
    connect_to(server, few(2));
    auto other = get("/0");
    http_request request;
    request.target = "/1";
    auto own = ask(std::move(request), 10s, most_body, [this] { calls_.clear(); });
    EXPECT_EQ(own.answer().status, 200u);
    EXPECT_TRUE(other.cancelled());
    go.open();
}

TEST_F(http_client_handlers, may_destroy_the_client) {
    recording_target server;
    connect_to(server);
    EXPECT_EQ(ask({}, 10s, most_body, [this] { client_.reset(); }).answer().status, 200u);
    connect_to(server);
    auto both = ask({}, 10s, most_body, [this] {
        client_.reset();
        calls_.clear();
    });
    EXPECT_EQ(both.answer().status, 200u);
    test::refusing_port closed;
    connect_to({"127.0.0.1", closed.port()});
    EXPECT_EQ(ask({}, 10s, most_body, [this] { client_.reset(); }).failure(), kind::cannot_connect);
}

TEST_F(http_client_handlers, may_make_new_calls) {
    recording_target server;
    connect_to(server, few(1, 0));
    std::promise<unsigned> last;
    std::unique_ptr<http_call> call;
    int left = 50;
    std::function<void(http_result)> again = [&](const http_result& result) {
        const auto status = std::get<http_response>(result).status;
        if (--left == 0) last.set_value(status);
        else call = client_->call({}, home_.now() + 10s, most_body, again);
    };
    on_reactor([&] { call = client_->call({}, home_.now() + 10s, most_body, again); });
    auto done = last.get_future();
    ASSERT_EQ(done.wait_for(10s), std::future_status::ready);
    EXPECT_EQ(done.get(), 200u);
    on_reactor([&] { call.reset(); });
    EXPECT_EQ(server.connection_count(), 1u);
    EXPECT_EQ(server.request_count(), 50u);
}

} // namespace
} // namespace thalamus::net::http_client_lifetime_test
