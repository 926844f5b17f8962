#include "base/intrusive_list.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace thalamus::base::intrusive_list_test {
namespace {

struct item : list_hook<>, list_hook<struct second> {
    using second_hook = list_hook<second>;
};

TEST(intrusive_list, an_object_leaves_all_its_lists_when_it_is_destroyed) {
    intrusive_list<item> first;
    intrusive_list<item, second> other;
    auto a = std::make_unique<item>();
    item b;
    for (auto* each : {a.get(), &b}) {
        first.push_back(*each);
        other.push_back(*each);
    }
    b.second_hook::unlink();
    EXPECT_EQ(&other.back(), a.get());
    a.reset();
    EXPECT_EQ(&first.front(), &b);
    EXPECT_TRUE(other.empty());
}

} // namespace
} // namespace thalamus::base::intrusive_list_test
