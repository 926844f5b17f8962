// The helpers themselves: client and target, without a gateway between them.

#include "tests/support/ports.hpp"
#include "tests/support/process.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/recording_target.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <set>

namespace thalamus::test::harness_test {
namespace {

TEST(harness, target_records_requests_and_answers_them) {
    recording_target target("a");
    raw_client client(target.port());
    EXPECT_EQ(client.get("/x?y=1", {{"X-One", "1"}}).body, "a");
    EXPECT_EQ(client.ask("POST", "/z", {}, "hello").status, 200);
    ASSERT_EQ(target.request_count(), 2u);
    EXPECT_EQ(target.requests()[0].target, "/x?y=1");
    EXPECT_EQ(target.requests()[0].get("x-one"), "1");
    EXPECT_EQ(target.last_request().body, "hello");
    EXPECT_EQ(target.connection_count(), 1u);
}

TEST(harness, client_reads_chunks_trailers_and_interim_answers) {
    recording_target target([](target_exchange& x) {
        x.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n"
               "Transfer-Encoding: chunked\r\n\r\n" +
               chunk("one") + chunk("two") + "0\r\nX-T: v\r\n\r\n");
    });
    raw_client client(target.port());
    for (int i = 0; i < 2; ++i) {
        auto answer = client.get("/");
        EXPECT_EQ(answer.body, "onetwo");
        ASSERT_EQ(answer.interim.size(), 1u);
        EXPECT_EQ(answer.interim[0].status, 103);
        EXPECT_EQ(answer.trailers, std::vector<field>({{"X-T", "v"}}));
    }
}

TEST(harness, target_counts_no_request_that_breaks_off) {
    recording_target target;
    {
        raw_client client(target.port());
        client.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
    }
    ASSERT_TRUE(eventually(
        [&] { return target.connection_count() == 1 && target.open_connections() == 0; }));
    EXPECT_EQ(target.request_count(), 0u);
    EXPECT_EQ(target.connections()[0].received, 43u);
}

TEST(harness, target_waits_resets_and_comes_back) {
    gate go;
    recording_target target([&](target_exchange& x) {
        x.wait(go);
        x.reset();
    });
    raw_client client(target.port());
    client.send(request_text("GET", "/"));
    EXPECT_TRUE(client.silent_for(30ms));
    go.open();
    EXPECT_THROW(client.read(), connection_lost);
    target.stop();
    EXPECT_THROW(raw_client(target.port()), connection_lost);
    target.start();
    EXPECT_NO_THROW(raw_client(target.port()));
}

TEST(harness, ports_refuse_or_stay_silent_as_asked) {
    refusing_port refuses;
    EXPECT_THROW(socket::connect(refuses.port()), connection_lost);
    silent_port silent;
    EXPECT_THROW(socket::connect(silent.port(), 0, 100ms), timed_out);
}

TEST(harness, reserved_ports_differ) {
    std::vector<std::unique_ptr<reserved_port>> ports;
    std::set<std::uint16_t> numbers;
    for (int i = 0; i < 50; ++i)
        numbers.insert(ports.emplace_back(std::make_unique<reserved_port>())->number());
    EXPECT_EQ(numbers.size(), 50u);
}

TEST(harness, process_keeps_output_and_exit_code) {
    auto result = run({"/bin/sh", "-c", "echo out; echo $WORD >&2; exit 3"}, {{"WORD", "err"}});
    EXPECT_EQ(result.exit, 3);
    EXPECT_EQ(result.out, "out\n");
    EXPECT_EQ(result.error, "err\n");
    process sleeper({"/bin/sleep", "60"});
    EXPECT_GT(sleeper.resident_bytes(), 1000u);
    sleeper.signal(SIGTERM);
    EXPECT_EQ(sleeper.wait_exit(5s), 128 + SIGTERM);
}

} // namespace
} // namespace thalamus::test::harness_test
