#include "http/forwarding.hpp"

#include "tests/http/head_text.hpp"

#include <gmock/gmock.h>

namespace thalamus::http::forwarding_response_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

config::text_template text(std::string_view source) {
    return std::get<config::text_template>(config::parse_template(source));
}

outgoing_response answer_to(const response_text& received) {
    outgoing_response response;
    response.head = &received.head;
    response.request_id = "id-1";
    response.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    response.framing = received.head.framing;
    response.content_length = received.head.content_length;
    return response;
}

std::string written(const outgoing_response& response) {
    std::string out;
    write_response_head(response, out);
    return out;
}

TEST(forwarded_response, is_what_it_looks_like) {
    const response_text received("Server: s\r\nContent-Length: 2\r\nETag: \"x\"\r\n");
    EXPECT_EQ(written(answer_to(received)), "HTTP/1.1 200 OK\r\n"
                                            "Server: s\r\n"
                                            "ETag: \"x\"\r\n"
                                            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                            "Via: 1.1 thalamus\r\n"
                                            "X-Request-Id: id-1\r\n"
                                            "Content-Length: 2\r\n"
                                            "\r\n");
}

TEST(forwarded_response, drops_what_belongs_to_the_connection) {
    const response_text received(
        "Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: x\r\nProxy-Connection: x\r\n"
        "Trailer: X\r\nUpgrade: h2c\r\nX-Request-Id: theirs\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
        "X_Kept: 1\r\nDate: Mon, 07 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n");
    const auto head = written(answer_to(received));
    for (auto name :
         {"Connection", "X-Hop", "Keep-Alive", "Proxy-Connection", "Trailer", "Upgrade"})
        EXPECT_THAT(values_of(head, name), IsEmpty()) << name;
    EXPECT_THAT(values_of(head, "X-Request-Id"), ElementsAre("id-1"));
    EXPECT_THAT(values_of(head, "Set-Cookie"), ElementsAre("a", "b"));
    EXPECT_THAT(values_of(head, "X_Kept"), ElementsAre("1"));
    EXPECT_THAT(values_of(head, "Date"), ElementsAre("Mon, 07 Nov 1994 08:49:37 GMT"));
    EXPECT_THAT(values_of(head, "Transfer-Encoding"), ElementsAre("chunked"));
}

TEST(forwarded_response, says_how_the_clients_connection_goes_on) {
    const response_text received("Content-Length: 0\r\n");
    auto response = answer_to(received);
    EXPECT_THAT(values_of(written(response), "Connection"), IsEmpty());
    response.client_version = 10;
    EXPECT_THAT(values_of(written(response), "Connection"), ElementsAre("keep-alive"));
    response.close = true;
    EXPECT_THAT(values_of(written(response), "Connection"), ElementsAre("close"));
}

TEST(forwarded_response, describes_a_body_that_does_not_follow) {
    const response_text to_head("Content-Length: 42\r\n", "HTTP/1.1 200 OK\r\n", "HEAD");
    auto response = answer_to(to_head);
    response.describes_body = true;
    EXPECT_THAT(values_of(written(response), "Content-Length"), ElementsAre("42"));
    const response_text without("", "HTTP/1.1 304 Not Modified\r\n");
    auto unmodified = answer_to(without);
    unmodified.describes_body = true;
    EXPECT_THAT(values_of(written(unmodified), "Content-Length"), IsEmpty());
    const response_text no_content("Content-Length: 0\r\n", "HTTP/1.1 204 No Content\r\n", "HEAD");
    auto empty = answer_to(no_content);
    empty.framing = body_framing::length;
    EXPECT_THAT(values_of(written(empty), "Content-Length"), IsEmpty());
    empty.describes_body = true;
    EXPECT_THAT(values_of(written(empty), "Content-Length"), IsEmpty()) << "to HEAD too";
}

TEST(forwarded_response, is_left_alone_while_interim) {
    const response_text received("Link: </a>; rel=preload\r\nConnection: x\r\n",
                                 "HTTP/1.1 103 Early Hints\r\n");
    EXPECT_EQ(written(answer_to(received)),
              "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n");
}

TEST(forwarded_response, switches_protocols) {
    const response_text received(
        "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n");
    const auto head = written(answer_to(received));
    EXPECT_THAT(values_of(head, "Connection"), ElementsAre("Upgrade"));
    EXPECT_THAT(values_of(head, "Upgrade"), ElementsAre("websocket"));
    EXPECT_THAT(values_of(head, "Sec-WebSocket-Accept"), ElementsAre("x"));
    EXPECT_THAT(values_of(head, "Content-Length"), IsEmpty());
}

TEST(forwarded_response, is_edited_last) {
    const response_text received("Server: secret\r\nX-Powered-By: y\r\nDate: x\r\n");
    config::header_edits edits;
    edits.remove = {"server", "date"};
    edits.set = {{"X-Powered-By", text("magic")}};
    edits.add = {{"Set-Cookie", text("a=1")}, {"Set-Cookie", text("b=2")}};
    const header_plan plan(edits);
    auto response = answer_to(received);
    response.edits = &plan;
    response.framing = body_framing::length;
    const auto head = written(response);
    EXPECT_THAT(values_of(head, "Server"), IsEmpty());
    EXPECT_THAT(values_of(head, "Date"), IsEmpty());
    EXPECT_THAT(values_of(head, "X-Powered-By"), ElementsAre("magic"));
    EXPECT_THAT(values_of(head, "Set-Cookie"), ElementsAre("a=1", "b=2"));
    EXPECT_THAT(values_of(head, "Content-Length"), ElementsAre("0"));
}

TEST(forwarded_response, has_the_gateways_cors_fields_and_not_the_targets) {
    const response_text received(
        "Access-Control-Allow-Origin: *\r\naccess-control-allow-credentials: true\r\n"
        "Access-Control-Expose-Headers: X\r\nX-Access-Control: kept\r\n");
    config::cors_settings settings;
    settings.origins = {"https://app.example"};
    const cors_policy policy(settings);
    auto response = answer_to(received);
    EXPECT_THAT(values_of(written(response), "Access-Control-Allow-Origin"), ElementsAre("*"));
    response.cors = &policy;
    response.origin = "https://app.example";
    auto head = written(response);
    EXPECT_THAT(values_of(head, "Access-Control-Allow-Origin"), ElementsAre("https://app.example"));
    EXPECT_THAT(values_of(head, "Access-Control-Allow-Credentials"), IsEmpty());
    EXPECT_THAT(values_of(head, "Access-Control-Expose-Headers"), IsEmpty());
    EXPECT_THAT(values_of(head, "Vary"), ElementsAre("Origin"));
    EXPECT_THAT(values_of(head, "X-Access-Control"), ElementsAre("kept"));
    response.origin = "https://evil.example";
    EXPECT_THAT(values_of(written(response), "Access-Control-Allow-Origin"), IsEmpty());
}

TEST(forwarded_response, has_a_reason_where_the_target_gave_none) {
    const response_text received("", "HTTP/1.1 404 \r\n");
    EXPECT_TRUE(written(answer_to(received)).starts_with("HTTP/1.1 404 Not Found\r\n"));
    const response_text unknown("", "HTTP/1.0 299 Strange One\r\n");
    const auto head = written(answer_to(unknown));
    EXPECT_TRUE(head.starts_with("HTTP/1.1 299 Strange One\r\n"));
    EXPECT_THAT(values_of(head, "Via"), ElementsAre("1.0 thalamus"));
}

} // namespace
} // namespace thalamus::http::forwarding_response_test
