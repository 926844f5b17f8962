// What http_client sends, what it makes of answers, and how it uses connections.
#include "tests/net/client_bench.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

namespace thalamus::net::http_client_test {
namespace {

using test::recording_target;
using test::target_exchange;

using http_client_answers = client_bench;
using http_client_failures = client_bench;
using http_client_connections = client_bench;

/// Answers every request with these bytes, then closes.
recording_target::handler says(std::string bytes) {
    return [bytes = std::move(bytes)](target_exchange& x) {
        x.send(bytes);
        x.close();
    };
}

/// What the name "two.test" has.
const test::dns_records two_addresses{.addresses = {"127.0.0.1", "127.0.0.2"}};

/// Listens on the second of them.
test::socket listen_on_the_second(std::uint16_t port) {
    test::socket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = ::inet_addr("127.0.0.2");
    if (::bind(made.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(made.descriptor(), 4) != 0)
        throw test::test_error("cannot listen on 127.0.0.2");
    return made;
}

TEST(request_fields, refuse_what_could_change_the_message) {
    request_fields fields;
    EXPECT_TRUE(fields.add("Accept", "application/json"));
    EXPECT_TRUE(fields.add("X-Empty", ""));
    const std::pair<std::string_view, std::string_view> refused[] = {
        {"", "x"},
        {"A b", "x"},
        {"A:", "x"},
        {"A\r\nB", "x"},
        {"A", "x\r\nB: y"},
        {"A", "x\ny"},
        {"A", std::string_view("x\0y", 3)},
        {"Host", "other"},
        {"content-length", "5"},
        {"Transfer-Encoding", "chunked"},
        {"Connection", "close"},
        {"Expect", "100-continue"},
        {"Upgrade", "h2c"},
        {"Accept-Encoding", "gzip"},
        {"User-Agent", "x"},
    };
    for (const auto& [name, value] : refused) EXPECT_FALSE(fields.add(name, value)) << name;
    EXPECT_EQ(fields.lines(), "Accept: application/json\r\nX-Empty: \r\n");
}

TEST_F(http_client_answers, a_request_has_what_it_needs_and_the_callers_fields) {
    recording_target server;
    connect_to(server);
    http_request request;
    request.target = "/jwks.json?x=y";
    ASSERT_TRUE(request.fields.add("Accept", "application/json"));
    ask(std::move(request)).answer();
    EXPECT_EQ(server.last_request().head,
              "GET /jwks.json?x=y HTTP/1.1\r\nHost: " + server.address() +
                  "\r\nUser-Agent: thalamus\r\n"
                  "Accept-Encoding: identity\r\n"
                  "Accept: application/json\r\n\r\n");
}

TEST_F(http_client_answers, a_body_is_sent_with_its_length) {
    recording_target server;
    connect_to(server);
    for (const std::string& body :
         {std::string("token=abc"), std::string(), std::string(3 << 20, 'x')}) {
        ask(post(body)).answer();
        const auto seen = server.requests().back();
        EXPECT_EQ(seen.get("Content-Length"), std::to_string(body.size()));
        EXPECT_EQ(seen.body, body.substr(0, 1 << 20)); // what the target keeps
    }
}

TEST_F(http_client_answers, an_answer_has_status_fields_and_body) {
    recording_target server([](target_exchange& x) {
        x.answer(503, "busy", {{"Retry-After", "5"}, {"X-Other", "a b"}});
    });
    connect_to(server);
    const auto moved = std::make_unique<http_response>(get("/").answer());
    EXPECT_EQ(moved->status, 503u);
    EXPECT_EQ(moved->body, "busy");
    EXPECT_EQ(http::find(moved->fields, "retry-after"), "5");
    EXPECT_EQ(http::find(moved->fields, "X-Other"), "a b");
    EXPECT_EQ(http::find(moved->fields, http::field_id::content_length), "4");
}

TEST_F(http_client_answers, bodies_of_every_framing_are_read) {
    const std::pair<std::string, std::string> rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
         "hello"},
        {"HTTP/1.1 200 OK\r\n\r\nhello", "hello"},
        {"HTTP/1.0 200 OK\r\n\r\nhello", "hello"},
        {"HTTP/1.1 204 No Content\r\n\r\n", ""},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nok", "ok"},
    };
    for (const auto& [bytes, body] : rows) {
        recording_target server(says(bytes));
        connect_to(server);
        EXPECT_EQ(get("/").answer().body, body) << bytes;
    }
}

TEST_F(http_client_answers, a_body_that_comes_in_pieces_is_put_together) {
    const std::string large(300'000, 'y');
    recording_target server([&](target_exchange& x) {
        x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (std::size_t at = 0; at < large.size(); at += 1000)
            x.send(test::chunk(std::string_view(large).substr(at, 1000)));
        x.send(test::last_chunk);
    });
    connect_to(server);
    EXPECT_EQ(get("/").answer().body, large);
}

TEST_F(http_client_answers, head_has_no_body) {
    recording_target server(says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                                 "Content-Length: 99999999\r\n\r\n"));
    connect_to(server);
    http_request request;
    request.method = "HEAD";
    EXPECT_EQ(ask(std::move(request)).answer().body, "");
}

TEST_F(http_client_answers, interim_answers_are_skipped) {
    recording_target server([](target_exchange& x) {
        x.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
        x.answer(200, "final");
    });
    connect_to(server);
    const auto answer = get("/").answer();
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, "final");
}

TEST_F(http_client_answers, redirects_are_answers) {
    recording_target server([](target_exchange& x) {
        x.answer(302, "", {{"Location", "/elsewhere"}});
    });
    connect_to(server);
    EXPECT_EQ(get("/").answer().status, 302u);
    EXPECT_EQ(server.request_count(), 1u);
}

TEST_F(http_client_answers, one_that_comes_before_the_request_was_sent_counts) {
    std::atomic<bool> left = false;
    recording_target server([&](target_exchange& x) {
        x.answer(413, "no");
        left = x.client_left(10s); // the rest of the request would be taken for the next one
        x.close();
    });
    connect_to(server);
    EXPECT_EQ(ask(post(std::string(64 << 20, 'x'))).answer().status, 413u);
    EXPECT_TRUE(test::eventually([&] { return left.load(); }));
}

TEST_F(http_client_failures, an_answer_over_the_limit_is_too_big) {
    for (const auto* bytes :
         {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello!\r\n",
          "HTTP/1.1 200 OK\r\n\r\nhello!"}) {
        test::gate end; // it is known before the answer's end
        recording_target server([&](target_exchange& x) {
            x.send(bytes);
            x.wait(end);
        });
        connect_to(server);
        EXPECT_EQ(ask({}, 10s, 5).failure(), kind::too_big) << bytes;
        end.open();
    }
    recording_target server(says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
    connect_to(server);
    EXPECT_EQ(ask({}, 10s, 5).answer().body, "hello");
}

TEST_F(http_client_failures, what_is_no_answer_is_malformed) {
    std::string interims;
    for (int i = 0; i < 33; ++i) interims += "HTTP/1.1 102 Processing\r\n\r\n";
    for (const std::string& bytes :
         {std::string("SSH-2.0-x\r\n\r\n"), std::string("HTTP/2 200\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
          std::string("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"),
          "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n",
          interims + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
        recording_target server(says(bytes));
        connect_to(server);
        EXPECT_EQ(get("/").failure(), kind::malformed) << bytes.substr(0, 80);
    }
}

TEST_F(http_client_failures, an_answer_cut_off_is_broken) {
    for (const auto* bytes :
         {"", "HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
        recording_target server(says(bytes));
        connect_to(server);
        EXPECT_EQ(get("/").failure(), kind::broken) << bytes;
        EXPECT_EQ(server.connection_count(), 1u); // it is not asked again
    }
}

TEST_F(http_client_failures, a_request_that_is_none_is_not_sent) {
    recording_target server;
    connect_to(server);
    const std::pair<std::string, std::string> rows[] = {
        {"GET", "/a b"},  {"GET", ""},  {"GET", "a"},         {"GET", "/\r\nX: y"},
        {"GET", "/a#b"},  {"", "/"},    {"GE T", "/"},        {"GET\r\n", "/"},
        {"CONNECT", "/"}, {"GET", "*"}, {"GET", "http://a/"},
    };
    for (const auto& [method, target] : rows) {
        http_request request;
        request.method = method;
        request.target = target;
        EXPECT_EQ(ask(std::move(request)).failure(), kind::malformed) << method << " " << target;
    }
    EXPECT_EQ(server.connection_count(), 0u);
}

TEST_F(http_client_failures, no_answer_in_time_is_a_timeout) {
    test::gate end;
    recording_target server([&](target_exchange& x) {
        if (x.head.target == "/body") x.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel");
        x.wait(end);
    });
    connect_to(server);
    EXPECT_EQ(get("/head", 50ms).failure(), kind::timeout);
    EXPECT_EQ(get("/body", 50ms).failure(), kind::timeout);
    EXPECT_EQ(get("/", -1ms).failure(), kind::timeout);
    end.open();
}

TEST_F(http_client_failures, no_connection_in_time_is_a_timeout) {
    test::silent_port mute;
    connect_to({"127.0.0.1", mute.port()});
    EXPECT_EQ(get("/", 50ms).failure(), kind::timeout);
}

TEST_F(http_client_failures, a_refused_connection_is_said_with_its_address) {
    test::refusing_port closed;
    connect_to({"127.0.0.1", closed.port()});
    const auto failure = std::get<http_failure>(get("/").get());
    EXPECT_EQ(failure.what, kind::cannot_connect);
    EXPECT_EQ(failure.text, "no connection to 127.0.0.1:" + std::to_string(closed.port()) +
                                ": Connection refused");
}

TEST_F(http_client_failures, a_name_without_address_is_looked_up_once_a_second_at_most) {
    test::dns_server names(test::no_such_name);
    connect_to("nowhere.test.", 80, names);
    const auto failure = std::get<http_failure>(get("/").get());
    EXPECT_EQ(failure.what, kind::cannot_resolve);
    EXPECT_EQ(failure.text, "cannot look up nowhere.test.: no such name");
    const test::stopwatch since;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(get("/").failure(), kind::cannot_resolve);
    EXPECT_LE(names.queries("nowhere.test"), 2 * (2 + since.elapsed() / 1s));
}

TEST_F(http_client_failures, a_look_up_that_hangs_is_a_timeout) {
    test::dns_server mute([](const std::string&) { return std::nullopt; });
    connect_to("slow.test.", 80, mute);
    const auto failure = std::get<http_failure>(get("/", 50ms).get());
    EXPECT_EQ(failure.what, kind::timeout);
    EXPECT_EQ(failure.text, "the look-up of slow.test. took too long");
}

TEST_F(http_client_connections, go_to_new_addresses_when_the_ttl_has_passed) {
    std::atomic<bool> moved = false;
    test::dns_server names([&](const std::string&) {
        return test::dns_records{.addresses = {moved ? "127.0.0.2" : "127.0.0.1"}, .ttl = 1};
    });
    recording_target old; // on 127.0.0.1
    const auto present = listen_on_the_second(old.port());
    connect_to("app.test.", old.port(), names);
    EXPECT_EQ(get("/").answer().body, "target");
    moved = true;
    EXPECT_TRUE(test::eventually([&] {
        get("/"); // at the new address nobody answers it
        return present.readable(20ms);
    }));
    EXPECT_GE(names.queries("app.test"), 4);
}

TEST_F(http_client_connections, look_up_no_name_before_its_ttl_has_passed) {
    test::dns_server names(test::dns_records{.addresses = {"127.0.0.1"}, .ttl = 20});
    recording_target server;
    connect_to("app.test.", server.port(), names);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(get("/").answer().status, 200u);
    EXPECT_EQ(names.queries("app.test"), 2); // A and AAAA
}

TEST_F(http_client_connections, are_used_again) {
    recording_target server;
    connect_to(server);
    for (int i = 0; i < 5; ++i) get("/").answer();
    ask(post("x")).answer();
    EXPECT_EQ(server.connection_count(), 1u);
    EXPECT_EQ(server.request_count(), 6u);
}

TEST_F(http_client_connections, that_the_server_closes_are_not_used_again) {
    recording_target server([](target_exchange& x) {
        x.answer(200, "ok", {{"Connection", "close"}});
        x.close();
    });
    connect_to(server);
    for (int i = 0; i < 3; ++i) get("/").answer();
    EXPECT_EQ(server.connection_count(), 3u);
}

TEST_F(http_client_connections, with_bytes_behind_the_answer_are_not_used_again) {
    recording_target server([](target_exchange& x) { x.send(test::answer_text(200, "ok") + "?"); });
    connect_to(server);
    EXPECT_EQ(get("/").answer().body, "ok");
    EXPECT_EQ(get("/").answer().body, "ok");
    EXPECT_EQ(server.connection_count(), 2u);
}

TEST_F(http_client_connections, that_nobody_uses_are_closed) {
    recording_target server;
    http_client::settings how;
    how.idle = 20ms;
    connect_to(server, how);
    get("/").answer();
    EXPECT_TRUE(test::eventually([&] { return server.open_connections() == 0; }));
}

/// The second request on a connection finds it closed, after the server has read it.
recording_target::handler closes_at_the_second(std::function<void(target_exchange&)> close) {
    return [close = std::move(close)](target_exchange& x) {
        x.read_body();
        if (x.number == 0) x.answer(200);
        else close(x);
    };
}

TEST_F(http_client_connections, that_went_stale_are_replaced_for_what_may_be_sent_twice) {
    for (const auto close : {&target_exchange::close, &target_exchange::reset}) {
        recording_target server(closes_at_the_second(close));
        connect_to(server);
        get("/1").answer();
        EXPECT_EQ(get("/2").answer().status, 200u);
        auto question = post("token=x");
        question.repeatable = true;
        EXPECT_EQ(ask(std::move(question)).answer().status, 200u);
        EXPECT_EQ(server.connection_count(), 3u);
        EXPECT_EQ(server.request_count(), 5u);
    }
}

TEST_F(http_client_connections, that_went_stale_fail_what_may_not_be_sent_twice) {
    recording_target server(closes_at_the_second(&target_exchange::close));
    connect_to(server);
    get("/1").answer();
    EXPECT_EQ(ask(post("x")).failure(), kind::broken);
    EXPECT_EQ(server.request_count(), 2u);
}

TEST_F(http_client_connections, that_broke_within_an_answer_are_not_replaced) {
    recording_target server(closes_at_the_second([](target_exchange& x) {
        x.send("HTTP/1.1 102 Processing\r\n\r\n");
        x.close();
    }));
    connect_to(server);
    get("/1").answer();
    EXPECT_EQ(get("/2").failure(), kind::broken);
    EXPECT_EQ(server.connection_count(), 1u);
}

TEST_F(http_client_connections, go_to_the_next_address_where_one_refuses) {
    test::dns_server names(two_addresses);
    test::refusing_port closed; // on 127.0.0.1
    auto other = listen_on_the_second(closed.port());
    connect_to("two.test.", closed.port(), names);
    auto call = get("/");
    auto connection = other.accept(10s);
    ASSERT_TRUE(connection.valid());
    std::string request;
    while (request.find("\r\n\r\n") == request.npos && connection.receive(request)) {}
    EXPECT_NE(request.find("Host: two.test.:" + std::to_string(closed.port()) + "\r\n"),
              request.npos);
    connection.send(test::answer_text(200, "second"));
    EXPECT_EQ(call.answer().body, "second");
}

TEST_F(http_client_connections, failures_name_every_address_that_was_tried) {
    test::dns_server names(two_addresses);
    test::refusing_port closed;
    connect_to("two.test.", closed.port(), names);
    const auto port = std::to_string(closed.port());
    EXPECT_EQ(std::get<http_failure>(get("/").get()).text,
              "no connection to 127.0.0.1:" + port + ": Connection refused, 127.0.0.2:" + port +
                  ": Connection refused");
}

TEST_F(http_client_connections, leave_time_for_the_next_address_where_one_is_mute) {
    test::silent_port mute; // on 127.0.0.1
    test::dns_server names(two_addresses);
    auto other = listen_on_the_second(mute.port());
    connect_to("two.test.", mute.port(), names);
    auto call = get("/", 2s);
    auto connection = other.accept(10s);
    ASSERT_TRUE(connection.valid());
    connection.send(test::answer_text(200, "second", {{"Connection", "close"}}));
    EXPECT_EQ(call.answer().body, "second");

    // And it is the first from now on.
    auto next = get("/", 30s);
    auto again = other.accept(5s);
    ASSERT_TRUE(again.valid());
    again.send(test::answer_text(200, "second"));
    EXPECT_EQ(next.answer().body, "second");
}

} // namespace
} // namespace thalamus::net::http_client_test
