// What name_lookup finds, how long it counts, and when it ends; against a DNS server of the test's.
#include "net/name_lookup.hpp"

#include "net/actor_runtime.hpp"
#include "net/on_reactor.hpp"
#include "tests/support/dns_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>

namespace thalamus::net::name_lookup_test {
namespace {

using namespace std::chrono_literals;
using test::dns_records;
using test::dns_server;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const auto no_signal = std::signal(SIGPIPE, SIG_IGN); // as the program does

// With the dot at the end, no search list of this machine is used.
const std::string app = "app.test.", queried = "app.test";

std::vector<std::string> texts(const name_lookup::result& found) {
    std::vector<std::string> out;
    for (const auto& ip : found.addresses) out.push_back(ip.to_string());
    return out;
}

/// Whether this machine has a route to ::1.
bool has_ipv6() {
    const test::socket probe(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_addr = in6addr_loopback;
    to.sin6_port = htons(53);
    return ::connect(probe.descriptor(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
}

class name_lookups : public ::testing::Test {
protected:
    ~name_lookups() override { cancel(); }
    void cancel() {
        on_reactor(home_, [this] { lookups_.clear(); });
    }

    /// The handler destroys its look-up, as it may.
    std::future<name_lookup::result> begin(const std::string& servers,
                                           const std::string& host = app,
                                           std::chrono::milliseconds deadline = 10s) {
        auto told = std::make_shared<std::promise<name_lookup::result>>();
        auto result = told->get_future();
        on_reactor(home_, [&] {
            const auto returned = std::make_shared<bool>(false);
            const int number = next_++;
            auto& made = lookups_[number] = std::make_unique<name_lookup>(
                home_,
                [this, number, returned, told](const name_lookup::result& found) {
                    EXPECT_TRUE(*returned) << "called within start()";
                    EXPECT_TRUE(home_.is_current());
                    const auto keep = told;
                    lookups_.erase(number);
                    keep->set_value(found);
                },
                name_lookup_settings{servers, deadline});
            made->start(host);
            *returned = true;
        });
        return result;
    }
    name_lookup::result get(std::future<name_lookup::result> from) {
        if (from.wait_for(20s) != std::future_status::ready)
            throw test::timed_out("the handler was not called");
        return from.get();
    }
    name_lookup::result look_up(const dns_server& server) { return get(begin(server.address())); }

    runtime_config config_{1};
    caf::actor_system system_{config_};
    reactor& home_{*reactors_of(system_).front()};
    std::map<int, std::unique_ptr<name_lookup>> lookups_; // the reactor's
    int next_ = 0;
};

TEST_F(name_lookups, find_the_addresses_of_both_families_that_can_be_reached) {
    dns_server server(dns_records{.addresses = {"127.0.0.2", "::1", "127.0.0.1", "127.0.0.2"}});
    const auto found = look_up(server);
    EXPECT_EQ(found.error, "");
    if (has_ipv6()) EXPECT_THAT(texts(found), ElementsAre("127.0.0.1", "127.0.0.2", "::1"));
    else EXPECT_THAT(texts(found), ElementsAre("127.0.0.1", "127.0.0.2"));
    EXPECT_EQ(server.queries(queried), 2);
}

TEST_F(name_lookups, find_addresses_without_a_route_where_there_is_no_other) {
    // A link-local address is of no use without the name of its link.
    dns_server server(dns_records{.addresses = {"fe80::1"}});
    EXPECT_THAT(texts(look_up(server)), ElementsAre("fe80::1"));
}

TEST_F(name_lookups, find_a_name_of_one_family) {
    dns_server server(dns_records{.addresses = {"::1"}});
    EXPECT_THAT(texts(look_up(server)), ElementsAre("::1"));
}

TEST_F(name_lookups, count_for_the_least_ttl_within_bounds) {
    const std::tuple<std::uint32_t, std::uint32_t, std::chrono::seconds> rows[] = {
        {7, 60, 7s}, {60, 7, 7s},   {1, 1, 1s},          {0, 60, 1s},
        {60, 0, 1s}, {30, 30, 30s}, {86400, 86400, 30s}, {0x80000000u, 60, 1s}, // RFC 2181 8
    };
    for (const auto& [ttl, alias_ttl, good_for] : rows) {
        dns_server server(dns_records{{"127.0.0.1"}, ttl, "real.test", alias_ttl});
        const auto found = look_up(server);
        EXPECT_THAT(texts(found), ElementsAre("127.0.0.1"));
        EXPECT_EQ(found.good_for, good_for) << ttl << " " << alias_ttl;
    }
    dns_server server(dns_records{.addresses = {"127.0.0.1"}, .ttl = 5});
    EXPECT_EQ(look_up(server).good_for, 5s);
}

TEST_F(name_lookups, find_localhost_without_a_name_server_for_30_seconds) {
    dns_server server(dns_records{.addresses = {"192.0.2.1"}, .ttl = 1});
    const auto found = get(begin(server.address(), "localhost"));
    EXPECT_THAT(texts(found), ::testing::Contains("127.0.0.1"));
    EXPECT_EQ(found.good_for, 30s);
    EXPECT_EQ(server.queries("localhost"), 0);
    EXPECT_EQ(texts(get(begin("", "localhost"))), texts(found)); // by the system's servers
}

TEST_F(name_lookups, say_why_nothing_was_found) {
    const std::pair<dns_records, std::string> rows[] = {
        {test::no_such_name, "no such name"},
        {dns_records{}, "the name has no address"},
        {dns_records{.alias_of = "real.test"}, "the name has no address"},
        {dns_records{.rcode = 1}, "a name server sent a malformed response"}, // FORMERR
        {dns_records{.rcode = 2}, "no name server could be reached or was able to answer"},
        {dns_records{.rcode = 5}, "no name server could be reached or was able to answer"},
    };
    for (const auto& [records, error] : rows) {
        dns_server server(records);
        const auto found = look_up(server);
        EXPECT_EQ(found.error, error) << records.rcode;
        EXPECT_THAT(texts(found), IsEmpty());
    }
    const dns_server server(test::no_such_name);
    for (const std::string bad : {"a..b", "app.onion", ""})
        EXPECT_NE(get(begin(server.address(), bad)).error, "") << bad;
    EXPECT_NE(get(begin("nonsense", app)).error, "");
}

TEST_F(name_lookups, fail_if_no_name_server_is_there) {
    std::string gone;
    {
        dns_server server(test::no_such_name);
        gone = server.address();
    }
    // One of both queries may take the other's error from the socket, and waits then.
    EXPECT_THAT(get(begin(gone, app, 200ms)).error, ::testing::StartsWith("no name server "));
}

TEST_F(name_lookups, end_at_the_deadline_if_the_name_server_is_mute) {
    dns_server server([](const auto&) { return std::nullopt; });
    const test::stopwatch since;
    EXPECT_EQ(get(begin(server.address(), app, 50ms)).error, "no name server responded in time");
    EXPECT_GE(since.elapsed(), 50ms);
    EXPECT_LT(since.elapsed(), 5s);
}

TEST_F(name_lookups, find_what_is_known_at_the_deadline) {
    // Only the first of both queries gets a response, and none of their repetitions.
    dns_server server([n = 0](const auto&) mutable -> std::optional<dns_records> {
        if (n++ > 0) return std::nullopt;
        return dns_records{.addresses = {"127.0.0.1"}};
    });
    const auto found = get(begin(server.address(), app, 200ms));
    EXPECT_THAT(texts(found), ElementsAre("127.0.0.1"));
    EXPECT_EQ(found.good_for, 1s) << "the other half may come soon";
}

TEST_F(name_lookups, repeat_queries_that_were_lost) {
    dns_server server([n = 0](const auto&) mutable -> std::optional<dns_records> {
        if (n++ < 2) return std::nullopt;
        return dns_records{.addresses = {"127.0.0.1"}};
    });
    EXPECT_THAT(texts(look_up(server)), ElementsAre("127.0.0.1"));
    EXPECT_EQ(server.queries(queried), 4);
}

TEST_F(name_lookups, use_another_name_server_if_the_first_is_mute) {
    dns_server mute([](const auto&) { return std::nullopt; });
    dns_server server(dns_records{.addresses = {"127.0.0.1"}});
    EXPECT_THAT(texts(get(begin(mute.address() + "," + server.address()))),
                ElementsAre("127.0.0.1"));
}

TEST_F(name_lookups, ask_by_tcp_for_what_is_too_long_for_udp) {
    dns_records many{.ttl = 9, .truncated = true};
    for (int i = 1; i <= 200; ++i) many.addresses.push_back("127.0.0." + std::to_string(i));
    dns_server server(many);
    const auto found = look_up(server);
    EXPECT_EQ(found.addresses.size(), 200u);
    EXPECT_EQ(found.good_for, 9s);
}

TEST_F(name_lookups, that_are_cancelled_say_nothing) {
    test::gate go;
    dns_server server([&](const auto&) -> std::optional<dns_records> {
        go.wait();
        return dns_records{.addresses = {"127.0.0.1"}};
    });
    auto under_way = begin(server.address());
    ASSERT_TRUE(test::eventually([&] { return server.queries(queried) > 0; }));
    std::future<name_lookup::result> done; // but not told yet
    on_reactor(home_, [&] {
        done = begin(server.address(), "localhost");
        lookups_.clear();
    });
    for (auto* cancelled : {&under_way, &done}) {
        ASSERT_EQ(cancelled->wait_for(10s), std::future_status::ready);
        EXPECT_THROW(cancelled->get(), std::future_error); // destroyed uncalled
    }
    go.open();
    EXPECT_THAT(texts(look_up(server)), ElementsAre("127.0.0.1"));
}

TEST_F(name_lookups, can_be_many_at_once) {
    dns_server server([](const std::string& name) -> std::optional<dns_records> {
        return dns_records{.addresses = {"127.0.0." + name.substr(0, name.find('.'))}};
    });
    std::vector<std::future<name_lookup::result>> all;
    for (int i = 1; i <= 200; ++i)
        all.push_back(begin(server.address(), std::to_string(i) + ".test."));
    for (int i = 1; i <= 200; ++i)
        EXPECT_THAT(texts(get(std::move(all[static_cast<std::size_t>(i - 1)]))),
                    ElementsAre("127.0.0." + std::to_string(i)));
}

TEST_F(name_lookups, can_be_started_again_by_their_handler) {
    dns_server server(dns_records{.addresses = {"127.0.0.1"}});
    std::promise<void> ended;
    on_reactor(home_, [&] {
        lookups_[0] = std::make_unique<name_lookup>(
            home_,
            [&, left = 10](const name_lookup::result& found) mutable {
                EXPECT_EQ(found.error, "");
                if (--left == 0) ended.set_value();
                else lookups_[0]->start(left % 2 == 0 ? app : "localhost");
            },
            name_lookup_settings{server.address()});
        lookups_[0]->start(app);
    });
    ASSERT_EQ(ended.get_future().wait_for(20s), std::future_status::ready);
}

} // namespace
} // namespace thalamus::net::name_lookup_test
