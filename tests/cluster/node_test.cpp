// Nodes that speak to each other over the middleman.

#include "cluster/calls.hpp"
#include "tests/cluster/running_node.hpp"

#include <csignal>

namespace thalamus::cluster::test::node_test {

struct note {
    std::string text;
};
std::string to_payload(const note& n) { return n.text; }
std::optional<note> from_payload(std::string_view bytes, std::type_identity<note>) {
    if (bytes == "unreadable") return std::nullopt;
    return note{std::string(bytes)};
}

namespace {

const auto no_signal = std::signal(SIGPIPE, SIG_IGN); // as the program does
constexpr topic<note> notes{1};

TEST(node, nodes_find_each_other_through_one_seed) {
    running_node a("a", {});
    running_node b("b", {a.port()});
    running_node c("c", {a.port()});
    for (auto* n : {&a, &b, &c}) {
        EXPECT_TRUE(n->sees(3));
        EXPECT_TRUE(n->linked_with(2));
    }
    const auto v = b->current();
    EXPECT_EQ(v->rank, 1u);
    EXPECT_EQ(v->find("c")->address, net::to_text(c->address()));
}

TEST(node, nodes_that_call_each_other_at_once_keep_one_link) {
    const certificates made({"n"});
    // Each knows all: every pair calls twice.
    running_node a("a", {}, made.of("n"));
    running_node b("b", {a.port()}, made.of("n"));
    running_node c("c", {a.port(), b.port()}, made.of("n"));
    ASSERT_TRUE(a.sees(3) && b.sees(3) && c.sees(3));
    a.leave();
    running_node again("a", {b.port(), c.port()}, made.of("n"), 0);
    ASSERT_TRUE(again.sees(3) && b.sees(3) && c.sees(3));
    for (auto* n : {&again, &b, &c}) EXPECT_TRUE(n->linked_with(2));
}

TEST(node, a_status_is_told_at_once) {
    running_node a("a", {});
    running_node b("b", {a.port()});
    ASSERT_TRUE(a.sees(2) && b.sees(2));
    b->set_status([](auto& s) { s.store = store_state::down; });
    EXPECT_TRUE(eventually(
        [&] { return a->current()->find("b")->status.store == store_state::down; }, 80ms));
}

class watcher final : public net::pinned_actor {
public:
    watcher(caf::actor_config& config, std::atomic<int>& seen)
        : pinned_actor(config),
          seen_(seen) {}
    caf::behavior make_behavior() override {
        return {[this](const view_changed& v) { seen_ = static_cast<int>(v.now->known()); }};
    }

private:
    std::atomic<int>& seen_;
};

TEST(node, subscribers_are_told_of_changes) {
    running_node a("a", {});
    std::atomic<int> seen{0};
    auto w = net::spawn_on<watcher>(a.reactor(), seen);
    a->subscribe(w);
    EXPECT_TRUE(eventually([&] { return seen == 1; }));
    running_node b("b", {a.port()});
    EXPECT_TRUE(eventually([&] { return seen == 2; }));
    caf::anon_send_exit(w, caf::exit_reason::user_shutdown);
}

TEST(node, a_node_that_leaves_is_gone_at_once_and_may_come_again) {
    running_node a("a", {});
    {
        running_node b("b", {a.port()});
        ASSERT_TRUE(a.sees(2) && b.sees(2));
        b.leave();
        EXPECT_TRUE(a.sees(1, 400ms)); // before it could be suspected
    }
    running_node b("b", {a.port()});
    EXPECT_TRUE(a.sees(2));
}

TEST(node, entries_reach_every_other_node_and_those_that_come_later) {
    std::mutex mutex;
    std::map<std::string, std::vector<std::string>> got;
    const auto listen = [&](running_node& n, const std::string& name) {
        n->subscribe<note>(notes, [&, name](const auto& origin, const note& what) {
            std::lock_guard lock(mutex);
            got[name].push_back(origin + ":" + what.text);
        });
    };
    const auto has = [&](const std::string& name, std::size_t n) {
        return eventually([&] {
            std::lock_guard lock(mutex);
            return got[name].size() == n;
        });
    };
    running_node a("a", {});
    running_node b("b", {a.port()});
    listen(a, "a");
    listen(b, "b");
    ASSERT_TRUE(a.sees(2) && b.sees(2));
    for (const auto* text : {"1", "2", "unreadable", "3"}) a->publish(notes, note{text});
    EXPECT_TRUE(has("b", 3));
    running_node c("c", {a.port()});
    listen(c, "c");
    EXPECT_TRUE(has("c", 3));
    b->publish(notes, note{"4"});
    EXPECT_TRUE(has("a", 1));
    EXPECT_TRUE(has("c", 4));
    std::lock_guard lock(mutex);
    EXPECT_EQ(got["b"], (std::vector<std::string>{"a:1", "a:2", "a:3"}));
}

TEST(node, calls_get_a_reply_or_end_at_their_deadline) {
    running_node a("a", {});
    running_node b("b", {a.port()});
    ASSERT_TRUE(a.linked_with(1) && b.linked_with(1));
    b->serve(1, [](const auto& peer, auto payload, auto reply) {
        reply(peer + " asked " + std::string(payload));
    });
    b->serve(2, [pending = std::vector<reply_sender>()](const auto&, auto, auto reply) mutable {
        pending.push_back(reply);
    });
    b->serve(3, [](const auto&, auto, auto reply) { reply(std::nullopt); });
    b->serve(4, [](const auto&, auto, auto) {});
    b->serve(5, [](const auto&, auto, auto reply) {
        const auto copy = reply;
        reply("first");
        copy("second");
    });
    EXPECT_EQ(a.call("b", 1, "why"), "a asked why");
    EXPECT_EQ(a.call("b", 2, "?", 50ms), std::nullopt); // no reply in time
    EXPECT_EQ(a.call("b", 3, "?", 10s), std::nullopt);  // a reply without a payload
    const thalamus::test::stopwatch watch;
    for (std::size_t i = 0; i <= calls::most_pending; ++i)
        EXPECT_EQ(a.call("b", 4, "?", 10s), std::nullopt); // dropped, which sends an empty reply
    EXPECT_EQ(a.call("b", 5, "?"), "first");
    EXPECT_EQ(a.call("b", 5, "?"), "first") << "a second reply to an earlier call is ignored";
    EXPECT_LT(watch.elapsed(), 10s);
    EXPECT_EQ(a.call("b", 9, "?", 10s), std::nullopt);      // a method without a handler
    EXPECT_EQ(a.call("nobody", 1, "?", 10s), std::nullopt); // no such peer
    EXPECT_EQ(a.call("b", 1, std::string(longest_payload + 1, 'x'), 10s), std::nullopt);
}

TEST(node, calls_end_when_the_peer_leaves) {
    running_node a("a", {});
    running_node b("b", {a.port()});
    ASSERT_TRUE(a.linked_with(1) && b.linked_with(1));
    b->serve(2, [pending = std::vector<reply_sender>()](const auto&, auto, auto reply) mutable {
        pending.push_back(reply);
    });
    std::thread leaves([&] {
        eventually([&] { return a->current()->known() == 2; });
        b.leave();
    });
    EXPECT_EQ(a.call("b", 2, "?", 30s), std::nullopt);
    leaves.join();
}

TEST(node, the_second_of_one_name_is_refused_and_comes_in_when_the_first_has_gone) {
    running_node a("a", {});
    auto first = std::make_unique<running_node>("b", std::vector{a.port()});
    ASSERT_TRUE(a.sees(2) && first->sees(2));
    const auto life = a->current()->find("b")->incarnation;
    running_node second("b", {a.port()});
    EXPECT_TRUE(eventually([&] { return a->counters().links_refused > 1; }));
    EXPECT_EQ(a->current()->find("b")->incarnation, life);
    EXPECT_EQ(second->current()->known(), 1u);
    EXPECT_EQ((*first)->counters().links_lost, 0u);
    first.reset();
    EXPECT_TRUE(second.sees(2));
    EXPECT_TRUE(a.sees(2));
}

TEST(node, its_own_address_among_the_seeds_does_no_harm) {
    const auto port = [] {
        running_node free("x", {});
        return free.port();
    }();
    running_node a("a", {port}, {}, port);
    running_node b("b", {a.port()});
    EXPECT_TRUE(a.sees(2) && b.sees(2));
    EXPECT_TRUE(a.linked_with(1));
}

TEST(node, may_end_in_the_moment_in_which_it_begins) {
    certificates made({"a", "b"});
    running_node a("a", {}, made.of("a"));
    const auto descriptors = [] {
        const std::filesystem::directory_iterator all("/proc/self/fd");
        return std::distance(begin(all), end(all));
    };
    const auto before = descriptors();
    for (int i = 0; i < 50;
         ++i) { // what ends too soon for the event loop must not stay: link_scribe
        running_node b("b", {a.port()}, made.of("b"));
        if (i % 2) std::this_thread::sleep_for(std::chrono::microseconds(200 * i));
    }
    EXPECT_TRUE(a.sees(1));
    EXPECT_TRUE(eventually([&] { return descriptors() <= before; }));
}

TEST(node, refuses_to_start_where_it_cannot_or_must_not_listen) {
    net::runtime_config config(1);
    node::prepare(config);
    caf::actor_system system(config);
    const auto start = [&](config::cluster_settings how) -> std::string {
        try {
            node n(*net::reactors_of(system).front(), "a", how, {});
        } catch (const std::runtime_error& e) {
            return e.what();
        }
        return "started";
    };
    config::cluster_settings how;
    how.bind = {"0.0.0.0", 0};
    EXPECT_NE(start(how).find(
                  "cluster.bind: 0.0.0.0:0 can be reached from other hosts: configure cluster.tls"),
              std::string::npos);
    how.tls = {"missing.pem", "missing.key", "missing-ca.pem"};
    EXPECT_NE(start(how).find("cannot use the certificate missing.pem: No such file"),
              std::string::npos);
    const certificates made({"a", "b"});
    how.tls = made.of("a");
    how.tls->key = made / "b.key";
    EXPECT_NE(start(how).find("it must be the unencrypted PEM key of"), std::string::npos);
    how.tls = made.of("a");
    running_node other("x", {});
    how.bind = {"127.0.0.1", other.port()};
    EXPECT_NE(start(how).find("(is another gateway running?)"), std::string::npos);
}

} // namespace
} // namespace thalamus::cluster::test::node_test
