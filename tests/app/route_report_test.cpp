#include "app/route_report.hpp"

#include "tests/policies/routing/random_routes.hpp"

#include <gmock/gmock.h>

namespace thalamus::app::route_report_test {
namespace {

using routing::make_route;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

config::snapshot snapshot() {
    config::snapshot s;
    s.services.emplace_back().name = "users";
    s.services.emplace_back().name = "next";
    auto user = make_route("/users/{id}", {"GET"}, {"api.example.com"});
    user.id = "user";
    auto version = make_route("/users/{id}");
    version.id = "version";
    version.match.headers = {{"x-version", "2"}};
    version.action = config::split_action{{}, {{0, 95}, {1, 5}}};
    auto hello = make_route("/hello", {"GET"});
    hello.id = "hello";
    hello.action = config::respond_action{};
    auto moved = make_route("/old/{rest...}");
    moved.id = "moved";
    moved.action = config::redirect_action{
        std::get<config::text_template>(config::parse_template("/new/{rest}")), 308};
    moved.match.query = {{"a", "b"}};
    s.routes = {user, version, hello, moved};
    return s;
}

TEST(route_report, lists_routes_in_columns) {
    EXPECT_EQ(
        list_routes(snapshot()),
        "ROUTE    METHODS  HOSTS            PATH            ACTION                    CONDITIONS\n"
        "user     GET      api.example.com  /users/{id}     service users\n"
        "version  *        *                /users/{id}     split users:95,next:5     header "
        "x-version=2\n"
        "hello    GET      *                /hello          respond 200\n"
        "moved    *        *                /old/{rest...}  redirect 308 /new/{rest}  query a=b\n");
}

TEST(route_report, explains_which_route_answers) {
    EXPECT_EQ(explain_route(snapshot(), "GET", "http://API.example.com:80/x/../users/%37?q"),
              "GET /users/7?q at api.example.com: user, service users\n"
              "  {id} = 7\n"
              "    TRIED IN THIS ORDER  PATH         VERDICT\n"
              "->  user                 /users/{id}  selected\n"
              "    version              /users/{id}  only with x-version: 2\n");
    EXPECT_THAT(explain_route(snapshot(), "POST", "/hello"),
                StartsWith("POST /hello: 405, Allow: GET, HEAD, OPTIONS\n"));
    EXPECT_THAT(explain_route(snapshot(), "POST", "/hello"), HasSubstr("no: method is not GET"));
    EXPECT_THAT(explain_route(snapshot(), "GET", "/users/7"),
                HasSubstr("no: requires host api.example.com"));
    EXPECT_THAT(explain_route(snapshot(), "GET", "/old/x"),
                HasSubstr("no: requires query parameter a=b"));
    EXPECT_THAT(explain_route(snapshot(), "GET", "/none"),
                HasSubstr("no route has a matching path"));
    EXPECT_THAT(explain_route(snapshot(), "GET", "/%00"), HasSubstr("400, %00 in the path"));
    EXPECT_THAT(explain_route(snapshot(), "GET", "/old/a%2fb?a=b"), HasSubstr("but 400"));
    EXPECT_THAT(explain_route(snapshot(), "OPTIONS", "*"),
                HasSubstr("the gateway itself responds"));
    // As the gateway answers such requests.
    EXPECT_THAT(explain_route(snapshot(), "GET", "/\xc3\xa9"),
                HasSubstr("400, byte above 0x7F in the path"));
    EXPECT_THAT(explain_route(snapshot(), "GET", "*"),
                HasSubstr("400, asterisk-form without OPTIONS"));
    EXPECT_THAT(explain_route(snapshot(), "CONNECT", "a:80"), HasSubstr("501"));
    EXPECT_THAT(explain_route(snapshot(), "GET", "http://a@b/"), HasSubstr("400, bad authority"));
}

TEST(route_report, says_of_random_tables_what_they_do) {
    std::mt19937_64 random(7);
    int found = 0, refused = 0;
    for (int round = 0; round < 200; ++round) {
        const routing::routes r(routing::make_random_routes(random));
        for (int i = 0; i < 50; ++i) {
            auto asked = routing::random_request(random);
            if (random() % 8 == 0) asked.method = "OPTIONS";
            const auto url =
                (asked.host.empty() ? "" : "http://" + asked.host) + asked.path + asked.query;
            const auto text = explain_route(r.snapshot, asked.method, url);
            const auto answer = r.ask(asked.method, asked.host, asked.path, asked.query);
            const auto head = text.substr(0, text.find('\n'));
            if (answer == "404") {
                EXPECT_THAT(head, EndsWith(": 404"));
            } else if (answer.starts_with("405 ")) {
                ++refused;
                EXPECT_THAT(head, EndsWith(": 405, Allow: " + answer.substr(4)));
            } else {
                ++found;
                const auto id = answer.substr(0, answer.find(' '));
                EXPECT_THAT(head, EndsWith(": " + id + ", service users"));
                EXPECT_THAT(text, HasSubstr("\n->  " + id + " "));
                EXPECT_THAT(text.substr(0, text.find("\n->  ")), Not(HasSubstr("less specific")));
                continue;
            }
            EXPECT_THAT(text, Not(HasSubstr("matches, but")));
            EXPECT_THAT(text, Not(HasSubstr("selected")));
        }
    }
    EXPECT_GT(found, 1000);
    EXPECT_GT(refused, 200);
}

} // namespace
} // namespace thalamus::app::route_report_test
