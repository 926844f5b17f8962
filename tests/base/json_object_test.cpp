#include "base/json_object.hpp"

#include <gtest/gtest.h>

namespace thalamus::base::json_object_test {
namespace {

TEST(json_object, is_read_with_all_that_is_in_it) {
    const auto read =
        parse_object(R"( {"a": [1, {"b": null}, "x"], "c": {"a": true, "d": -1.5}} )");
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, nlohmann::json::parse(R"({"a":[1,{"b":null},"x"],"c":{"a":true,"d":-1.5}})"));
}

TEST(json_object, is_refused_where_two_readers_could_differ) {
    for (const auto* text :
         {R"({"a": 1, "a": 1})", R"({"a": {"b": 1, "b": 2}})",
          R"({"x": [{"a": 1}, {"b": 1, "b": 1}]})", R"({"a": 1, "\u0061": 2})", "[]", "1", "\"x\"",
          "", "{", "{}x", R"({"a": 1e400})", "{\"a\": \"\xff\"}", R"({"a": NaN})", R"({a: 1})",
          R"({"a": 1,})", R"({"a": "\ud800"})"})
        EXPECT_FALSE(parse_object(text)) << text;
    using namespace std::string_literals;
    EXPECT_FALSE(parse_object("{}\0x"s));
    EXPECT_FALSE(parse_object("{\"a\": 1\0}"s));
    EXPECT_FALSE(parse_object("\xef\xbb\xbf{}"));
}

TEST(json_object, goes_as_deep_as_it_may) {
    const auto nested = [](int levels) {
        std::string text = "{\"a\":";
        for (int i = 1; i < levels; ++i) text += "[";
        for (int i = 1; i < levels; ++i) text += "]";
        return levels == 1 ? std::string("{}") : text + "}";
    };
    EXPECT_TRUE(parse_object(nested(16)));
    EXPECT_FALSE(parse_object(nested(17)));
    EXPECT_FALSE(parse_object(nested(100'000)));
}

} // namespace
} // namespace thalamus::base::json_object_test
