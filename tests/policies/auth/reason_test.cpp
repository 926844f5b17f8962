#include "policies/auth/reason.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace thalamus::auth::reason_test {
namespace {

TEST(reasons, have_each_a_text_and_a_name_of_its_own_that_a_label_can_be) {
    std::set<std::string_view> names, texts;
    for (std::size_t i = 0; i < reason_names().size(); ++i) {
        const auto name = reason_names()[i];
        EXPECT_TRUE(names.insert(name).second) << name;
        EXPECT_TRUE(texts.insert(to_text(static_cast<reason>(i))).second) << name;
        EXPECT_TRUE(std::ranges::all_of(name, [](char c) {
            return c == '_' || (c >= 'a' && c <= 'z');
        })) << name;
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(reason::count));
}

} // namespace
} // namespace thalamus::auth::reason_test
