#include "tests/actors/node.hpp"

namespace thalamus::actors::exchange_test {
namespace {

using namespace std::chrono_literals;

struct exchange_test : node_test {
    void SetUp() override { start("routes: [{id: a, match: {path: /}, respond: {text: hi}}]\n"); }
};

struct recorded_handler : exchange::handler {
    int cancelled = 0;
    cause why = cause::client;
    void on_stream_ready() override {}
    void on_cancelled(cause w) override {
        ++cancelled;
        why = w;
    }
};

TEST_F(exchange_test, that_nobody_holds_any_more_is_answered_503) {
    outcome of;
    on_reactor([&] {
        exchange_ptr first = ask(of, "GET /");
        exchange_ptr second = first;
        first = {};
        EXPECT_EQ(of.status(), 0u);
        second = {};
    });
    EXPECT_EQ(of.status(), 503u);
    EXPECT_NE(of.head.find("Retry-After: "), of.head.npos) << of.head;
    EXPECT_TRUE(of.closed);
    EXPECT_EQ(context().node.exchanges, 0u);
}

TEST_F(exchange_test, is_answered_once) {
    outcome of;
    on_reactor([&] {
        const exchange_ptr b = ask(of, "GET /");
        b->respond(200, {}, "first");
        b->respond(201, {}, "second");
        b->fail(500, "third");
    });
    EXPECT_EQ(of.status(), 200u);
    EXPECT_EQ(of.head.find("second"), of.head.npos);
}

TEST_F(exchange_test, past_its_deadline_cancels_its_holder_and_answers_504) {
    recorded_handler handler;
    outcome kept;
    exchange_ptr b;
    on_reactor([&] {
        b = ask(kept, "GET /");
        b->set_handler(&handler);
        b->set_deadline(1ms);
    });
    EXPECT_TRUE(eventually([&] { return kept.closed; }));
    EXPECT_EQ(kept.status(), 504u);
    EXPECT_EQ(handler.why, exchange::handler::cause::deadline);
    on_reactor([&] { b = {}; });
}

TEST_F(exchange_test, blames_the_client_for_a_body_that_does_not_come) {
    outcome of;
    recorded_handler handler;
    exchange_ptr b;
    on_reactor([&] {
        b = ask(of, "POST /", {}, false);
        b->set_handler(&handler);
        b->set_deadline(1ms);
    });
    EXPECT_TRUE(eventually([&] { return of.closed; }));
    EXPECT_EQ(of.status(), 408u);
    EXPECT_EQ(handler.cancelled, 1);
    EXPECT_EQ(handler.why, exchange::handler::cause::client);
    on_reactor([&] { b = {}; });
}

TEST_F(exchange_test, tells_its_holder_that_the_client_left_and_answers_nothing) {
    outcome of;
    recorded_handler handler;
    on_reactor([&] {
        const exchange_ptr b = ask(of, "GET /");
        b->set_handler(&handler);
        last_stream->client_leaves();
        EXPECT_TRUE(b->decided());
        b->fail(500, "too late");
    });
    EXPECT_EQ(handler.cancelled, 1);
    EXPECT_EQ(of.status(), 0u);
}

} // namespace
} // namespace thalamus::actors::exchange_test
