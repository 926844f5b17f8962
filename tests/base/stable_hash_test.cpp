#include "base/stable_hash.hpp"

#include <gtest/gtest.h>

namespace thalamus::base::stable_hash_test {
namespace {

TEST(stable_hash, is_the_same_everywhere) {
    EXPECT_EQ(stable_hash(""), mix(0xcbf29ce484222325u));
    EXPECT_EQ(stable_hash("a"), mix(0xaf63dc4c8601ec8cu)); // FNV-1a of "a"
}

} // namespace
} // namespace thalamus::base::stable_hash_test
