#include "http/list.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace thalamus::http::list_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string_view> elements(std::string_view list) {
    std::vector<std::string_view> found;
    for_each_element(list, [&](std::string_view element) { found.push_back(element); });
    return found;
}

TEST(list, elements_are_trimmed_and_empty_ones_are_skipped) {
    EXPECT_THAT(elements("a"), ElementsAre("a"));
    EXPECT_THAT(elements("a,b"), ElementsAre("a", "b"));
    EXPECT_THAT(elements(" a ,\tb c\t, ,,d,"), ElementsAre("a", "b c", "d"));
    EXPECT_THAT(elements(""), IsEmpty());
    EXPECT_THAT(elements(" , "), IsEmpty());
}

} // namespace
} // namespace thalamus::http::list_test
