// What expiring sets do in every store.
#include "tests/store/every_store.hpp"

#include <set>

namespace thalamus::store::set_test {
namespace {

class every_expiring_set : public every_store {
protected:
    /// To the millisecond, as Redis keeps it.
    static time_point in(std::chrono::milliseconds time) {
        return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::system_clock::now()) +
               time;
    }
    std::size_t add_many(std::string_view set, std::string_view letter, std::size_t first,
                         std::size_t last) {
        std::size_t failed = 0;
        constexpr std::size_t at_once = 1000; // so that none waits long
        for (; first < last; first += at_once) {
            const auto outcomes =
                on.all<done>(std::min(at_once, last - first), [&, first](std::size_t i, auto then) {
                    on.it().add(set, std::string(letter) + std::to_string(first + i), never,
                                std::move(then));
                });
            for (const auto& o : outcomes) failed += !o.ok();
        }
        return failed;
    }
    /// With m0, m1, ...; faster where it may go past the store.
    void fill(const std::string& set, std::size_t count) {
        if (!server) {
            ASSERT_EQ(add_many(set, "m", 0, count), 0u);
            return;
        }
        constexpr std::size_t at_once = 10'000;
        for (std::size_t i = 0; i < count; i += at_once)
            server->ask({"EVAL",
                         "for i = ARGV[1], ARGV[1] + ARGV[2] - 1 do "
                         "redis.call('ZADD', KEYS[1], 'inf', string.format('m%.0f', i)) end",
                         "1", "thalamus:set:" + set, std::to_string(i), std::to_string(at_once)});
    }
};

INSTANTIATE_TEST_SUITE_P(of, every_expiring_set, ::testing::Values("memory", "redis"),
                         [](const auto& is) { return std::string(is.param); });

TEST_P(every_expiring_set, keeps_members_until_they_are_removed) {
    EXPECT_TRUE(on.members("a").empty());
    ASSERT_TRUE(on.add("a", "x").ok());
    ASSERT_TRUE(on.add("a", "y").ok());
    ASSERT_TRUE(on.add("a", "y").ok());
    ASSERT_TRUE(on.add("b", "z").ok());
    using map = std::map<std::string, time_point>;
    EXPECT_EQ(on.members("a"), (map{{"x", never}, {"y", never}}));
    EXPECT_TRUE(on.remove("a", "x").ok());
    EXPECT_TRUE(on.remove("a", "x").ok());
    EXPECT_TRUE(on.remove("a", "z").ok());
    EXPECT_TRUE(on.remove("nothing", "x").ok());
    EXPECT_EQ(on.members("a"), (map{{"y", never}}));
    EXPECT_EQ(on.members("b"), (map{{"z", never}}));
    EXPECT_TRUE(on.remove("a", "y").ok());
    EXPECT_TRUE(on.members("a").empty());
}

TEST_P(every_expiring_set, is_neither_a_value_nor_a_limit_of_its_name) {
    ASSERT_TRUE(on.put("a", "1").ok());
    ASSERT_TRUE(on.add("a", "x").ok());
    EXPECT_EQ(*on.get("a"), "1");
    ASSERT_TRUE(on.erase("a").ok());
    EXPECT_EQ(on.members("a").size(), 1u);
}

TEST_P(every_expiring_set, takes_any_bytes_as_names_and_members) {
    using namespace std::string_literals;
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    const std::vector members{
        ""s,     "\0"s,  "\r\n"s, "$5\r\nhello\r\n"s,
        "inf"s,  "0"s,   "{}"s,   ">"s,
        "%s%b"s, "a b"s, all,     std::string(expiring_sets::longest_member, '\0')};
    for (const auto& set : {""s, "\0"s, "{}"s, "}{"s, "\r\n"s, all}) {
        for (const auto& member : members) ASSERT_TRUE(on.add(set, member).ok()) << member.size();
        const auto found = on.members(set);
        EXPECT_EQ(found.size(), members.size());
        for (const auto& member : members) EXPECT_TRUE(found.contains(member)) << member.size();
        for (const auto& member : members) EXPECT_TRUE(on.remove(set, member).ok());
        EXPECT_TRUE(on.members(set).empty());
    }
}

TEST_P(every_expiring_set, refuses_a_member_that_is_too_long) {
    const std::string longer(expiring_sets::longest_member + 1, 'x');
    EXPECT_EQ(on.add("a", longer).failed(), failure::refused);
    EXPECT_EQ(on.counts.refused.get(), 1u);
    EXPECT_TRUE(on.remove("a", longer).ok());
    EXPECT_TRUE(on.members("a").empty());
    EXPECT_TRUE(on.available());
}

TEST_P(every_expiring_set, forgets_a_member_when_its_time_has_come) {
    ASSERT_TRUE(on.add("a", "never").ok());
    const auto later = in(1h);
    ASSERT_TRUE(on.add("a", "later", later).ok());
    ASSERT_TRUE(on.add("a", "soon", in(150ms)).ok());
    ASSERT_TRUE(on.add("alone", "soon", in(150ms)).ok());
    EXPECT_TRUE(test::eventually([&] { return !on.members("a").contains("soon"); }));
    EXPECT_TRUE(test::eventually([&] { return on.members("alone").empty(); }));
    EXPECT_EQ(on.members("a"),
              (std::map<std::string, time_point>{{"later", later}, {"never", never}}));
}

TEST_P(every_expiring_set, does_not_take_a_member_that_has_expired) {
    for (const auto expires :
         {in(-1ms), in(-24h), time_point(), time_point(-1h), time_point::min()})
        EXPECT_TRUE(on.add("a", "x", expires).ok());
    EXPECT_TRUE(on.members("a").empty());
    const auto later = in(1h);
    ASSERT_TRUE(on.add("a", "x", later).ok());
    EXPECT_TRUE(on.add("a", "x", in(-1h)).ok());
    EXPECT_EQ(on.members("a").at("x"), later);
}

TEST_P(every_expiring_set, keeps_the_later_expiry_of_a_member) {
    const auto early = in(1h), late = in(2h);
    const std::map<time_point, std::string> names{
        {early, "early"}, {late, "late"}, {never, "never"}};
    for (const auto& [first, a] : names) {
        for (const auto& [second, b] : names) {
            ASSERT_TRUE(on.add("s", a + b, first).ok());
            ASSERT_TRUE(on.add("s", a + b, second).ok());
            EXPECT_EQ(on.members("s").at(a + b), std::max(first, second)) << a << ", " << b;
        }
    }
    ASSERT_TRUE(on.add("s", "x").ok());
    ASSERT_TRUE(on.remove("s", "x").ok());
    ASSERT_TRUE(on.add("s", "x", early).ok()); // what was removed does not count
    EXPECT_EQ(on.members("s").at("x"), early);
}

TEST_P(every_expiring_set, keeps_any_time_that_a_clock_may_tell) {
    for (const auto expires : {in(std::chrono::hours(24 * 365 * 100)), never - 1ns, never - 24h}) {
        ASSERT_TRUE(on.add("s", "x", expires).ok());
        const auto kept = on.members("s").at("x");
        EXPECT_GE(kept, expires);
        EXPECT_LE(kept - expires, 1ms);
        ASSERT_TRUE(on.remove("s", "x").ok());
    }
}

TEST_P(every_expiring_set, a_scan_sees_every_member_that_is_there_all_the_while) {
    constexpr std::size_t stay = 5000;
    ASSERT_EQ(add_many("s", "stay", 0, stay), 0u);
    ASSERT_EQ(add_many("s", "go", 0, stay), 0u);
    std::size_t pages = 0, shown = 0, largest = 0, come = 0, gone = 0;
    const auto seen = on.members("s", {}, [&](const set_page& page) {
        ++pages;
        shown += page.members.size();
        largest = std::max(largest, page.members.size());
        // The table of a Redis server shrinks and grows meanwhile.
        const std::size_t many = pages < 20 ? 200 : 400;
        if (pages < 20) {
            for (const auto& o : on.all<done>(many, [&](std::size_t i, auto then) {
                     on.it().remove("s", "go" + std::to_string(gone + i), std::move(then));
                 }))
                EXPECT_TRUE(o.ok());
            gone += many;
        } else if (come < 2 * stay) {
            EXPECT_EQ(add_many("s", "come", come, come + many), 0u);
            come += many;
        }
    });
    for (std::size_t i = 0; i < stay; ++i)
        ASSERT_TRUE(seen.contains("stay" + std::to_string(i))) << i;
    EXPECT_GE(pages, stay / 1000);
    EXPECT_LE(largest, 1000u);
    EXPECT_LE(shown, 8 * stay);
}

TEST_P(every_expiring_set, a_scan_that_begins_with_nonsense_ends_and_harms_nothing) {
    ASSERT_EQ(add_many("s", "x", 0, 1000), 0u);
    for (const char* cursor : {"x", ":", "1:", "1:x", "99999999999999999999:1", "0", "-1:5"}) {
        const auto page = on.scan("s", cursor);
        EXPECT_TRUE(page.ok()) << cursor;
    }
    EXPECT_EQ(on.members("s").size(), 1000u);
    EXPECT_TRUE(on.available());
}

TEST_P(every_expiring_set, refuses_members_beyond_its_bound) {
    constexpr auto most = expiring_sets::most_members;
    fill("s", most);
    EXPECT_EQ(on.add("s", "more").failed(), failure::refused);
    EXPECT_EQ(on.counts.refused.get(), 1u);
    EXPECT_TRUE(on.add("s", "m0").ok()); // is there
    EXPECT_TRUE(on.add("other", "more").ok());
    EXPECT_TRUE(on.available());
    EXPECT_TRUE(on.remove("s", "m0").ok());
    EXPECT_TRUE(on.add("s", "more").ok());
    EXPECT_EQ(on.add("s", "m0").failed(), failure::refused);
    EXPECT_EQ(on.members("s").size(), most);
}

TEST_P(every_expiring_set, a_handler_may_call_again_or_destroy_the_store) {
    ASSERT_TRUE(on.add("s", "x").ok());
    std::promise<std::size_t> seen;
    on.on_reactor([&] {
        on.it().add("s", "y", never, [&](auto) {
            on.it().scan("s", {}, [&](auto page) {
                const auto count = std::get<0>(page).members.size();
                on.owned().reset();
                seen.set_value(count);
            });
        });
    });
    EXPECT_EQ(seen.get_future().get(), 2u);
}

} // namespace
} // namespace thalamus::store::set_test
