#include "http/local_response.hpp"

#include "tests/http/head_text.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace thalamus::http::local_response_test {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string body_of(const std::string& message) {
    return message.substr(message.find("\r\n\r\n") + 4);
}

local_response answer(unsigned status) {
    local_response a;
    a.status = status;
    a.request_id = "id-1";
    a.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    return a;
}

TEST(local_response, is_what_it_looks_like) {
    const own_field fields[] = {{"Content-Type", "text/plain"}};
    auto a = answer(200);
    a.fields = fields;
    std::string out;
    write_local_response(a, "hello", out);
    EXPECT_EQ(out, "HTTP/1.1 200 OK\r\n"
                   "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                   "Server: thalamus\r\n"
                   "X-Request-Id: id-1\r\n"
                   "Content-Type: text/plain\r\n"
                   "Content-Length: 5\r\n"
                   "\r\nhello");
}

TEST(local_response, has_no_body_where_none_may_be) {
    for (unsigned status : {204u, 304u, 101u}) {
        std::string out;
        write_local_response(answer(status), "hello", out);
        EXPECT_EQ(body_of(out), "") << status;
        EXPECT_THAT(values_of(out, "Content-Length"), IsEmpty()) << status;
    }
    auto a = answer(200);
    a.head_only = true;
    std::string out;
    write_local_response(a, "hello", out);
    EXPECT_EQ(body_of(out), "");
    EXPECT_THAT(values_of(out, "Content-Length"), ElementsAre("5"));
    out.clear();
    write_local_response(answer(200), "", out);
    EXPECT_THAT(values_of(out, "Content-Length"), ElementsAre("0"));
}

TEST(local_response, says_how_the_connection_goes_on) {
    auto a = answer(200);
    a.client_version = 10;
    std::string out;
    write_local_response(a, "", out);
    EXPECT_THAT(values_of(out, "Connection"), ElementsAre("keep-alive"));
    a.close = true;
    out.clear();
    write_local_response(a, "", out);
    EXPECT_THAT(values_of(out, "Connection"), ElementsAre("close"));
}

TEST(local_response, cannot_be_split_by_a_value) {
    const auto evil = "/a\r\nEvil: 1\0"s;
    const own_field fields[] = {{"Location", evil}};
    auto a = answer(302);
    a.fields = fields;
    std::string out;
    write_local_response(a, "", out);
    EXPECT_THAT(values_of(out, "Evil"), IsEmpty());
    EXPECT_THAT(values_of(out, "Location"), ElementsAre("/a  Evil: 1 "));
}

TEST(local_response, is_edited_and_has_cors) {
    config::header_edits edits;
    edits.remove = {"Server"};
    edits.set = {
        {"Content-Type", std::get<config::text_template>(config::parse_template("text/html"))}};
    const header_plan plan(edits);
    config::cors_settings settings;
    settings.origins = {"*"};
    const cors_policy policy(settings);
    const own_field fields[] = {{"content-type", "text/plain"}};
    auto a = answer(200);
    a.fields = fields;
    a.edits = &plan;
    a.cors = &policy;
    std::string out;
    write_local_response(a, "", out);
    EXPECT_THAT(values_of(out, "Server"), IsEmpty());
    EXPECT_THAT(values_of(out, "Content-Type"), ElementsAre("text/html"));
    EXPECT_THAT(values_of(out, "Access-Control-Allow-Origin"), ElementsAre("*"));
}

TEST(local_response, has_the_server_that_is_configured) {
    const own_field fields[] = {{"server", "teapot"}};
    auto a = answer(200);
    a.fields = fields;
    std::string out;
    write_local_response(a, "", out);
    EXPECT_THAT(values_of(out, "Server"), ElementsAre("teapot"));
}

TEST(problem, stays_one_whatever_the_edits_say) {
    const auto text = [](std::string_view source) {
        return std::get<config::text_template>(config::parse_template(source));
    };
    config::header_edits edits;
    edits.remove = {"content-type"};
    edits.set = {{"Content-Type", text("text/html")},
                 {"X-Set", text("1")},
                 {"cache-control", text("{host}")},
                 {"Retry-After", text("7")}};
    edits.add = {{"Cache-Control", text("public")}, {"X-Set", text("2")}};
    const header_plan plan(edits);
    const own_field fields[] = {{"Retry-After", "1"}};
    auto a = answer(503);
    a.fields = fields;
    a.edits = &plan;
    std::string out;
    write_problem(a, "/", "", out);
    EXPECT_THAT(values_of(out, "Content-Type"), ElementsAre("application/problem+json"));
    EXPECT_THAT(values_of(out, "Cache-Control"), ElementsAre("no-store"));
    EXPECT_THAT(values_of(out, "Retry-After"), ElementsAre("7"));
    EXPECT_THAT(values_of(out, "X-Set"), ElementsAre("1", "2"));
}

TEST(problem, follows_rfc_9457) {
    const own_field fields[] = {{"Allow", "GET"}};
    auto a = answer(405);
    a.fields = fields;
    std::string out;
    write_problem(a, "/a%20b", "only GET", out);
    EXPECT_THAT(values_of(out, "Content-Type"), ElementsAre("application/problem+json"));
    EXPECT_THAT(values_of(out, "Cache-Control"), ElementsAre("no-store"));
    EXPECT_THAT(values_of(out, "Allow"), ElementsAre("GET"));
    EXPECT_THAT(values_of(out, "Content-Length"), ElementsAre(std::to_string(body_of(out).size())));
    const auto body = nlohmann::json::parse(body_of(out));
    EXPECT_EQ(body, (nlohmann::json{{"type", "about:blank"},
                                    {"title", "Method Not Allowed"},
                                    {"status", 405},
                                    {"detail", "only GET"},
                                    {"instance", "/a%20b"},
                                    {"request_id", "id-1"}}));
}

TEST(problem, is_valid_json_whatever_the_path) {
    std::string every;
    for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
    auto a = answer(400);
    a.request_id = every;
    std::string out;
    write_problem(a, "/" + every, every, out);
    const auto body = nlohmann::json::parse(body_of(out));
    EXPECT_TRUE(body["instance"].get<std::string>().starts_with("/%00%01"));
    EXPECT_EQ(lines_of(out).size(), 7u) << out;
    std::string bare;
    write_problem(local_response{.status = 400}, "", "", bare);
    EXPECT_EQ(nlohmann::json::parse(body_of(bare)),
              (nlohmann::json{{"type", "about:blank"}, {"title", "Bad Request"}, {"status", 400}}));
}

TEST(reason_phrase, is_known_for_what_the_gateway_sends) {
    for (unsigned status : {200u, 204u, 308u, 400u, 401u, 403u, 404u, 405u, 408u, 413u,
                            414u, 417u, 429u, 431u, 500u, 501u, 502u, 503u, 504u, 505u})
        EXPECT_FALSE(reason_phrase(status).empty()) << status;
    EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
    EXPECT_EQ(reason_phrase(100), "Continue");
    EXPECT_EQ(reason_phrase(299), "");
    EXPECT_EQ(reason_phrase(999), "");
    EXPECT_EQ(reason_phrase(0), "");
}

} // namespace
} // namespace thalamus::http::local_response_test
