#include "observe/escape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <random>
#include <string>

namespace thalamus::observe::escape_test {
namespace {

using std::string_literals::operator""s;

std::string json_inside(std::string_view text) {
    // Exactly the promised room, so that the sanitizer sees a byte too many.
    const auto room = std::make_unique<char[]>(escaped_json_room(text.size()));
    return {room.get(), escape_json(room.get(), text)};
}

std::string apache(std::string_view text) {
    const auto room = std::make_unique<char[]>(4 * text.size() + 1);
    return {room.get(), escape_apache(room.get(), text)};
}

std::string parsed(std::string_view text) {
    return nlohmann::json::parse("\"" + json_inside(text) + "\"").get<std::string>();
}

bool is_one_clean_line(std::string_view escaped) {
    for (const char c : escaped) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    }
    return true;
}

TEST(escape_json, plain_text_stays_at_every_length) {
    const std::string text = "the quick brown fox jumps over the lazy dog: 0123456789/?&=%#~";
    for (std::size_t n = 0; n <= text.size(); ++n)
        EXPECT_EQ(json_inside(text.substr(0, n)), text.substr(0, n));
}

TEST(escape_json, canonical_table) {
    EXPECT_EQ(json_inside("\""), "\\\"");
    EXPECT_EQ(json_inside("\\"), "\\\\");
    EXPECT_EQ(json_inside("/"), "/");
    EXPECT_EQ(json_inside("\n\r\t"), "\\n\\r\\t");
    EXPECT_EQ(json_inside("\0\x01\x1b\x1f"s), "\\u0000\\u0001\\u001b\\u001f");
    EXPECT_EQ(json_inside("\x7f"), "\\u007f");
    EXPECT_EQ(json_inside("\xC2\x85"), "\\u0085");  // NEL, a line break to some
    EXPECT_EQ(json_inside("\xC2\x9B"), "\\u009b");  // CSI, an escape to terminals
    EXPECT_EQ(json_inside("\xC2\xA0"), "\xC2\xA0"); // the first after C1
    EXPECT_EQ(json_inside("\xE2\x80\xA8\xE2\x80\xA9"), "\\u2028\\u2029");
    EXPECT_EQ(json_inside("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
}

TEST(escape_json, ill_formed_utf8_becomes_one_replacement_per_maximal_subpart) {
    const std::string r = "\xEF\xBF\xBD";
    const std::pair<std::string, std::string> table[] = {
        {"\x80", r},                         // lone continuation
        {"\xBF\xBF", r + r},                 //
        {"\xC0\xAF", r + r},                 // overlong '/'
        {"\xC1\x81", r + r},                 //
        {"\xE0\x80\xAF", r + r + r},         // overlong, three bytes
        {"\xF0\x80\x80\xAF", r + r + r + r}, // overlong, four bytes
        {"\xED\xA0\x80", r + r + r},         // surrogate
        {"\xF4\x90\x80\x80", r + r + r + r}, // beyond U+10FFFF
        {"\xF5\x80", r + r},                 //
        {"\xFE\xFF", r + r},                 //
        {"\xC3", r},                         // cut short
        {"\xE2\x82", r},                     //
        {"\xF0\x9F\x98", r},                 //
        {"\xE2\x82"
         "A",
         r + "A"},                            // broken off
        {"\xC3\"", r + "\\\""},               // must not swallow the quote
        {"\xE2\x82\n", r + "\\n"},            //
        {"\xF0\x9F\xC3\xA9", r + "\xC3\xA9"}, //
    };
    for (const auto& [text, expected] : table) {
        EXPECT_EQ(json_inside(text), expected) << testing::PrintToString(text);
    }
}

TEST(escape_json, every_pair_of_bytes_in_every_position_of_a_word_parses) {
    std::string text = "abcdefghijklmnopq";
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            const std::size_t at = static_cast<std::size_t>(a * 256 + b) % (text.size() - 1);
            std::string probe = text;
            probe[at] = static_cast<char>(a), probe[at + 1] = static_cast<char>(b);
            const std::string escaped = json_inside(probe);
            ASSERT_TRUE(is_one_clean_line(escaped)) << a << ' ' << b;
            ASSERT_TRUE(nlohmann::json::accept("\"" + escaped + "\"")) << a << ' ' << b;
            if (a < 0x80 && b < 0x80) {
                ASSERT_EQ(parsed(probe), probe);
            }
        }
    }
}

TEST(escape_json, random_bytes_always_give_one_valid_string) {
    std::mt19937 random(20261125);
    const std::string favourites = "\"\\\n\r\0\x7f\x80\xC2\xE0\xED\xF0\xF4\xFFuA"s;
    for (int round = 0; round < 20000; ++round) {
        std::string text(random() % 40, '\0');
        for (char& c : text) {
            c = random() % 2 ? favourites[random() % favourites.size()]
                             : static_cast<char>(random());
        }
        const std::string escaped = json_inside(text);
        ASSERT_TRUE(is_one_clean_line(escaped)) << testing::PrintToString(text);
        ASSERT_TRUE(nlohmann::json::accept("\"" + escaped + "\"")) << testing::PrintToString(text);
    }
}

TEST(escape_json, well_formed_text_survives_a_round_trip) {
    const std::string text = "Zürich \"naïve\" \\ 東京\t€ 𝄞\x7f\x01 end";
    EXPECT_EQ(parsed(text), text);
}

TEST(escape_apache, all_bytes) {
    EXPECT_EQ(apache("GET /a?b=\"c\"\\"), "GET /a?b=\\\"c\\\"\\\\");
    EXPECT_EQ(apache("a\nb\rc\td"), "a\\nb\\rc\\td");
    EXPECT_EQ(apache("\0\x1b\x7f\x80\xff"s), "\\x00\\x1b\\x7f\\x80\\xff");
    for (int byte = 0; byte < 256; ++byte) {
        EXPECT_TRUE(is_one_clean_line(apache(std::string(1, static_cast<char>(byte)))));
    }
}

TEST(printable, keeps_text_and_escapes_what_moves_cursors_or_breaks_lines) {
    EXPECT_EQ(printable("plain C:\\path \"q\" Zürich"), "plain C:\\path \"q\" Zürich");
    EXPECT_EQ(printable("a\nforged\r\n\x1b[31mred"), "a\\nforged\\r\\n\\x1b[31mred");
    EXPECT_EQ(printable("\0\x7f"s), "\\x00\\x7f");
    EXPECT_EQ(printable("\xC2\x9B"
                        "31m"),
              "\\xc2\\x9b31m");
    EXPECT_EQ(printable("\xC3("), "\\xc3(");
}

TEST(cut_to, never_ends_inside_a_sequence) {
    EXPECT_EQ(cut_to("abc", 3), "abc");
    EXPECT_EQ(cut_to("abcd", 3), "abc");
    EXPECT_EQ(cut_to("ab\xC3\xA9", 3), "ab");
    EXPECT_EQ(cut_to("a\xF0\x9F\x98\x80", 4), "a");
    EXPECT_EQ(cut_to("a\xF0\x9F\x98\x80", 5), "a\xF0\x9F\x98\x80");
    EXPECT_EQ(cut_to("\x80\x80\x80\x80\x80\x80", 5), "\x80\x80\x80\x80\x80"); // no UTF-8: anywhere
    EXPECT_EQ(cut_to("abc", 0), "");
}

} // namespace
} // namespace thalamus::observe::escape_test
