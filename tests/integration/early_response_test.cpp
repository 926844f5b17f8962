// Targets that answer while the request's body is still on its way, and go on reading.

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>

namespace thalamus::test::early_response_test {
namespace {

/// Bytes that a hole or a repetition in them would show.
std::string numbered_lines(std::size_t size) {
    std::string text;
    for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + "\n";
    return text;
}

/// Sends a head at once, does not read until `reading` opens, and then answers with the body.
class hasty_target {
public:
    gate reading;
    recording_target target{[this](target_exchange& x) {
        if (x.head.target != "/upload") return x.answer(200, "next");
        x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        x.wait(reading);
        std::string body;
        x.read_body_to([&](std::string_view part) { body.append(part); });
        x.send(chunk(body) + std::string(last_chunk));
    }};

    /// The upload is larger than what sockets on the way hold, so that some of it waits in the
    /// gateway.
    void expect_whole(const std::string& framing, const std::string& wire,
                      const std::string& body) {
        plain_gateway gateway(target, "node: {name: test, reactors: 1}\nlimits: {body: 1GiB}",
                              ", connections: {max: 1}");
        raw_client client(gateway.port());
        std::thread sender([&] {
            client.send("POST /upload HTTP/1.1\r\nHost: test\r\n" + framing + "\r\n\r\n" + wire,
                        20s);
        });
        const auto head = client.read_head();
        reading.open();
        response answer = head;
        std::string received;
        try {
            client.reader().read_body(
                head, true, [&](std::string_view b) { received.append(b); }, 20s);
        } catch (const test_error& e) {
            ADD_FAILURE() << e.what();
        }
        sender.join();
        EXPECT_TRUE(received == body) << received.size() << " of " << body.size();
        // On the same connection to the target, or on a new one: but never as a part of that body.
        for (int i = 0; i < 3; ++i) EXPECT_EQ(gateway.get("/next").body, "next");
        ASSERT_EQ(target.request_count(), 4u);
        EXPECT_EQ(target.last_request().start_line, "GET /next HTTP/1.1");
    }
};

TEST(early_answer, loses_no_byte_of_a_body_with_a_length) {
    hasty_target hasty;
    const std::string body = numbered_lines(24 << 20);
    hasty.expect_whole("Content-Length: " + std::to_string(body.size()), body, body);
}

TEST(early_answer, loses_no_byte_of_a_chunked_body) {
    hasty_target hasty;
    const std::string body = numbered_lines(24 << 20);
    std::string wire;
    for (std::size_t at = 0; at < body.size(); at += 100'000)
        wire += chunk(body.substr(at, 100'000));
    hasty.expect_whole("Transfer-Encoding: chunked", wire + std::string(last_chunk), body);
}

} // namespace
} // namespace thalamus::test::early_response_test
