#include "cluster/messages.hpp"

#include "cluster/wire.hpp"

#include <gtest/gtest.h>

#include <random>

namespace thalamus::cluster::messages_test {
namespace {

using namespace std::chrono_literals;

template <class M>
M again(const M& m) {
    return std::get<M>(std::get<message>(decode(encode(m))));
}

member_report some_report() {
    return {"node-a",
            "10.0.0.1:7946",
            1ull << 60,
            77,
            1234ms,
            true,
            {"0.2.0", "0123456789ab", 4000000000u, store_state::down, true, true}};
}

TEST(messages, a_heartbeat_is_read_as_it_was_written) {
    const auto m =
        again(heartbeat{some_report(), {some_report(), some_report()}, {{1, "o", 2, 3}}});
    ASSERT_EQ(m.others.size(), 2u);
    const auto& r = m.others[1];
    EXPECT_EQ(r.name, "node-a");
    EXPECT_EQ(r.address, "10.0.0.1:7946");
    EXPECT_EQ(r.incarnation, 1ull << 60);
    EXPECT_EQ(r.beat, 77u);
    EXPECT_EQ(r.age, 1234ms);
    EXPECT_TRUE(r.left);
    EXPECT_EQ(r.status, some_report().status);
    ASSERT_EQ(m.positions.size(), 1u);
    EXPECT_EQ(m.positions[0].origin, "o");
    EXPECT_EQ(m.positions[0].sequence, 3u);
}

TEST(messages, every_store_state_is_read_as_it_was_written) {
    for (auto state :
         {store_state::ok, store_state::degraded, store_state::down, store_state::memory}) {
        auto r = some_report();
        r.status.store = state;
        EXPECT_EQ(again(heartbeat{r, {}, {}}).sender.status.store, state);
    }
}

TEST(messages, the_others_are_read_as_they_were_written) {
    EXPECT_EQ(again(hello{3, 2, "n", 9}).lowest_version, 2u);
    EXPECT_EQ(again(refused{refusal::name_taken, "x", "n"}).reason, refusal::name_taken);
    EXPECT_EQ(again(refused{refusal::redundant, "", "n"}).name, "n");
    const auto e = again(log_entries{1, "o", 2, 3, {"", std::string("\0x", 2)}, true});
    EXPECT_EQ(e.payloads, (std::vector<std::string>{"", std::string("\0x", 2)}));
    EXPECT_TRUE(e.more);
    EXPECT_EQ(again(log_want{1, "o", 2, 3}).after, 3u);
    EXPECT_EQ(again(log_reset{1, "o", 2, 3, ""}).snapshot, "");
    EXPECT_EQ(again(log_reset{1, "o", 2, 3, {}}).snapshot, std::nullopt);
    EXPECT_EQ(again(call_request{5, 6, "q"}).payload, "q");
    EXPECT_EQ(again(call_reply{5, ""}).payload, "");
    EXPECT_EQ(again(call_reply{5, {}}).payload, std::nullopt);
}

TEST(messages, what_a_later_version_adds_is_skipped) {
    auto bytes = encode(hello{1, 1, "n", 9});
    wire_writer more;
    more.number(100, 5);
    more.text(101, "new");
    bytes += more.take();
    bytes +=
        std::string("\x09\0\0\0\0\0\0\0\0", 9) + std::string("\x0d\0\0\0\0", 5); // fixed fields
    const auto read = std::get<hello>(std::get<message>(decode(bytes)));
    EXPECT_EQ(read.name, "n");
    EXPECT_EQ(read.incarnation, 9u);
    EXPECT_TRUE(std::holds_alternative<unknown_kind>(decode("\x7fwhatever")));
}

TEST(messages, a_store_state_of_a_later_version_is_no_good_one) {
    wire_writer status, report, beat;
    status.number(4, 9);
    report.text(1, "n");
    report.number(3, 1);
    report.item(7, status.take());
    beat.item(1, report.take());
    const auto m = std::get<heartbeat>(std::get<message>(decode("\3" + beat.take())));
    EXPECT_EQ(m.sender.status.store, store_state::degraded);
}

TEST(messages, what_is_incomplete_or_out_of_range_is_refused) {
    const auto refuses = [](std::string_view bytes) {
        return std::holds_alternative<malformed>(decode(bytes));
    };
    EXPECT_TRUE(refuses(""));
    EXPECT_TRUE(refuses(encode(hello{1, 1, "", 9})));
    EXPECT_TRUE(refuses(encode(hello{1, 1, "n", 0})));
    EXPECT_TRUE(refuses(encode(hello{1, 1, std::string(longest_name + 1, 'n'), 1})));
    const std::vector<std::string> unprintable{
        "n\n", "\x1b[31m", "\xff", "caf\xc3\xa9", {'n', '\0'}};
    for (const auto& bad : unprintable) {
        EXPECT_TRUE(refuses(encode(hello{1, 1, bad, 9}))) << bad;
        EXPECT_TRUE(refuses(encode(refused{refusal::name_taken, bad, "n"}))) << bad;
        EXPECT_TRUE(refuses(encode(log_want{1, bad, 2, 3}))) << bad;
        for (const auto text : {&member_report::name, &member_report::address}) {
            auto r = some_report();
            r.*text = bad;
            EXPECT_TRUE(refuses(encode(heartbeat{r, {}, {}}))) << bad;
            EXPECT_TRUE(refuses(encode(heartbeat{some_report(), {r}, {}}))) << bad;
        }
        for (const auto text : {&node_status::version, &node_status::configuration}) {
            auto r = some_report();
            r.status.*text = bad;
            EXPECT_TRUE(refuses(encode(heartbeat{r, {}, {}}))) << bad;
        }
    }
    EXPECT_TRUE(refuses(encode(heartbeat{})));
    heartbeat crowd{some_report(), {}, {}};
    crowd.others.assign(most_members + 1, some_report());
    EXPECT_TRUE(refuses(encode(crowd)));
    EXPECT_TRUE(refuses(encode(log_entries{1, "o", 2, UINT64_MAX, {"x"}, false})));
    EXPECT_TRUE(refuses("\1\x0a\x01x"));                   // the version as text
    EXPECT_TRUE(refuses(std::string_view("\2\x08\0", 3))); // a refusal for no reason
    EXPECT_TRUE(refuses("\1\x1a\x7fx"));                   // longer than what follows
    EXPECT_TRUE(refuses("\1\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
}

TEST(messages, whatever_bytes_come_nothing_worse_than_a_refusal_happens) {
    std::mt19937_64 random(1);
    const std::vector<std::string> good{
        encode(heartbeat{some_report(), {some_report()}, {{1, "o", 2, 3}}}),
        encode(log_entries{1, "o", 2, 3, {"x", "y"}, true}), encode(hello{1, 1, "n", 9})};
    int read = 0;
    for (int i = 0; i < 200000; ++i) {
        auto bytes = good[random() % good.size()];
        for (auto changes = random() % 8; changes > 0; --changes) switch (random() % 3) {
            case 0: bytes[random() % bytes.size()] = static_cast<char>(random()); break;
            case 1: bytes.resize(1 + random() % bytes.size()); break;
            case 2: bytes.insert(random() % bytes.size(), 1, static_cast<char>(random())); break;
            }
        const auto result = decode(bytes);
        if (const auto* m = std::get_if<message>(&result)) {
            ++read;
            encode(*m);
        }
    }
    EXPECT_GT(read, 10000);
}

} // namespace
} // namespace thalamus::cluster::messages_test
