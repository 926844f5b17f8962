#include "cluster/wire_fields.hpp"

#include <gtest/gtest.h>

namespace thalamus::cluster::wire_fields_test {
namespace {

using namespace std::chrono_literals;

enum class colour : unsigned char { red = 1, blue = 200 };

struct point {
    std::string name;
    std::int64_t height = 7;
    std::uint32_t count = 0;
    bool seen = false;
    colour is = colour::red;
    std::chrono::microseconds age{0};
    std::optional<std::string> note;
    std::vector<std::string> tags;
    std::uint64_t capped = 0;
    bool operator==(const point&) const = default;
};
constexpr auto height_of = [](auto& p) -> decltype((p.height)) { return p.height; };

constexpr wire_fields point_fields{
    wire_field{1, &point::name},
    wire_field{2, height_of},
    wire_field{3, &point::count},
    wire_field{4, &point::seen},
    wire_field{5, &point::is},
    wire_field{6, &point::age},
    wire_field{7, &point::note},
    wire_field{8, &point::tags},
    wire_field{9, &point::capped, capped_number{10}},
};

struct line {
    point from;
    std::vector<point> others;
};
constexpr wire_fields line_fields{
    wire_field{1, &line::from, nested_message{point_fields}},
    wire_field{2, &line::others, nested_messages{point_fields, 2}},
};

std::optional<point> read(std::string_view bytes) {
    point p;
    return point_fields.read(bytes, p) ? std::optional(p) : std::nullopt;
}

std::string number(std::uint32_t field, std::uint64_t value) {
    wire_writer out;
    out.number(field, value);
    return out.take();
}

TEST(wire_fields, are_read_as_they_were_written) {
    const point all{"a", INT64_MAX, UINT32_MAX, true, colour::blue, 5us, "", {"", "x"}, 10};
    EXPECT_EQ(read(point_fields.write(all)), all);
    line l;
    ASSERT_TRUE(line_fields.read(line_fields.write(line{all, {all, point{}}}), l));
    EXPECT_EQ(l.from, all);
    EXPECT_EQ(l.others, (std::vector<point>{all, point{}}));
}

TEST(wire_fields, that_are_absent_keep_their_value_and_unknown_ones_are_skipped) {
    EXPECT_EQ(read(""), point{});
    EXPECT_EQ(read(number(100, 5)), point{});
    EXPECT_EQ(point_fields.write(point{"", 0, 0, false, colour{}, 0us, {}, {}, 0}), "");
    EXPECT_EQ(point_fields.write(point{"", -1, 0, false, colour{}, -1us, {}, {}, 0}), "");
}

TEST(wire_fields, refuse_numbers_that_do_not_fit) {
    for (const auto& [field, most] :
         {std::pair(2u, std::uint64_t{INT64_MAX}), std::pair(3u, std::uint64_t{UINT32_MAX}),
          std::pair(5u, std::uint64_t{255}), std::pair(6u, std::uint64_t{INT64_MAX})}) {
        EXPECT_TRUE(read(number(field, most))) << field;
        EXPECT_FALSE(read(number(field, most + 1))) << field;
        EXPECT_FALSE(read(number(field, UINT64_MAX))) << field;
    }
    EXPECT_TRUE(read(number(4, UINT64_MAX))->seen);
    EXPECT_EQ(read(number(9, UINT64_MAX))->capped, 10u);
}

TEST(wire_fields, refuse_what_is_of_the_other_kind_or_cut) {
    for (std::uint32_t field = 1; field <= 9; ++field) {
        const bool is_text = field == 1 || field == 7 || field == 8;
        wire_writer text;
        text.text(field, "x");
        EXPECT_EQ(read(text.take()).has_value(), is_text) << field;
        EXPECT_EQ(read(number(field, 1)).has_value(), !is_text) << field;
    }
    EXPECT_FALSE(read("\x0a\x7fx"));
    line l;
    EXPECT_FALSE(line_fields.read("\x0a\x03\x0a\x7fx", l)); // cut within the nested one
}

TEST(wire_fields, read_no_more_messages_than_a_list_may_have) {
    line l;
    EXPECT_TRUE(line_fields.read(line_fields.write(line{{}, {{}, {}}}), l));
    l = {};
    EXPECT_FALSE(line_fields.read(line_fields.write(line{{}, {{}, {}, {}}}), l));
}

} // namespace
} // namespace thalamus::cluster::wire_fields_test
