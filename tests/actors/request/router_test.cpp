#include "actors/request/router.hpp"

#include "tests/actors/node.hpp"

namespace thalamus::actors::router_test {
namespace {

struct router_test : node_test {
    void SetUp() override {
        start(R"(
limits: {body: 100}
services: {app: {targets: ["http://127.0.0.1:1"]}, other: {targets: ["http://127.0.0.1:2"]}}
routes:
  - {id: app, match: {path: "/app/{rest...}", methods: [GET, POST]}, service: app}
  - {id: other, match: {path: /other}, service: other, timeout: 1s, rewrite: {path: /new}}
  - {id: own, match: {path: /own}, respond: {text: ours}}
  - {id: moved, match: {path: "/old/{x}"}, redirect: {to: "/new/{x}"}}
  - {id: slashes, match: {path: "/slash/{x}"}, service: app, allow_in_path: [encoded_slash]}
)");
    }

    /// Where it goes: a service, or the status of the router's own answer.
    std::string route(const std::string& line, std::string body = {}) {
        std::string where;
        outcome of;
        on_reactor([&] {
            const exchange_ptr b = ask(of, line, std::move(body));
            const caf::actor* next = route_exchange(context(), *b);
            if (next) {
                const auto service = static_cast<std::size_t>(next - context().upstreams.data());
                where = context().node.plan.snapshot().services[service].name + " " +
                        std::string(b->forward_uri.path) + std::string(b->forward_uri.query);
                b->respond(200, {}, {});
            } else {
                where = std::to_string(of.status());
            }
        });
        respond = of;
        return where;
    }
    outcome respond;
};

TEST_F(router_test, passes_on_what_has_a_service) {
    EXPECT_EQ(route("GET /app/a/b?c=d"), "app /app/a/b?c=d");
    EXPECT_EQ(route("GET /other?x"), "other /new?x");
    EXPECT_EQ(route("GET /app/./x/../y"), "app /app/y");
    EXPECT_EQ(route("GET /slash/a%2Fb"), "app /slash/a%2Fb");
}

TEST_F(router_test, answers_itself_what_needs_no_service) {
    EXPECT_EQ(route("GET /own"), "200");
    EXPECT_TRUE(respond.head.ends_with("ours")) << respond.head;
    EXPECT_EQ(route("GET /old/a"), "308");
    EXPECT_NE(respond.head.find("Location: /new/a\r\n"), respond.head.npos) << respond.head;
    EXPECT_EQ(route("OPTIONS *"), "200");
}

TEST_F(router_test, refuses_what_it_must_not_pass_on) {
    EXPECT_EQ(route("GET /none"), "404");
    EXPECT_EQ(route("PUT /app/x"), "405");
    EXPECT_NE(respond.head.find("Allow: "), respond.head.npos) << respond.head;
    EXPECT_EQ(route("GET /app/a%2Fb"), "400");
    EXPECT_EQ(route("GET /none%2Fsuch"), "400");
    EXPECT_EQ(route("GET /app/a;b"), "400");
    EXPECT_EQ(route("POST /app/x", "a length over the limit"), "413");
}

} // namespace
} // namespace thalamus::actors::router_test
