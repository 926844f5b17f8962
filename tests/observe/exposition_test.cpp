// The checker itself: one that accepts everything would prove nothing.

#include "tests/observe/exposition.hpp"

#include <gtest/gtest.h>

namespace thalamus::observe::exposition_test {
namespace {

using format = exposition::format;

bool accepts(std::string_view text, format f = format::prometheus) {
    return exposition(text, f).errors.empty();
}

const std::string head = "# HELP a_total x\n# TYPE a_total counter\n";
const std::string histogram_head = "# HELP h x\n# TYPE h histogram\n";

TEST(exposition, accepts_what_is_right) {
    EXPECT_TRUE(accepts(head + "a_total 1\na_total{b=\"c\\\\\\\"\\n\"} 2\n"));
    EXPECT_TRUE(accepts(histogram_head +
                        "h_count 2\nh_sum 3\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n"));
    EXPECT_TRUE(accepts("# TYPE a counter\n# HELP a x\na_total 1\n# EOF\n", format::open_metrics));
}

TEST(exposition, refuses_what_is_wrong) {
    EXPECT_FALSE(accepts(head + "a_total 1"));              // no newline
    EXPECT_FALSE(accepts("a_total 1\n"));                   // no TYPE
    EXPECT_FALSE(accepts(head));                            // no sample
    EXPECT_FALSE(accepts(head + "a_total 1\na_total 2\n")); // duplicate
    EXPECT_FALSE(accepts(head + "a_total{b=\"1\",c=\"2\"} 1\na_total{c=\"2\",b=\"1\"} 1\n"));
    EXPECT_FALSE(accepts(head + head + "a_total 1\n"));     // HELP and TYPE twice
    EXPECT_FALSE(accepts(head + "b_total 1\n"));            // another family
    EXPECT_FALSE(accepts(head + "a_total{b=\"\\x\"} 1\n")); // escape
    EXPECT_FALSE(accepts(head + "a_total{b=\"c} 1\n"));     // quotes
    EXPECT_FALSE(accepts(head + "a_total x\n"));            // value
    EXPECT_FALSE(accepts(head + "a_total -1\n"));           //
    EXPECT_FALSE(accepts(head + "# EOF\n"));                // not in this format
    EXPECT_FALSE(accepts(histogram_head + "h_count 2\nh_sum 3\nh_bucket{le=\"1\"} 1\n"));
    EXPECT_FALSE(accepts(histogram_head + "h_count 3\nh_sum 3\nh_bucket{le=\"+Inf\"} 2\n"));
    EXPECT_FALSE(accepts(histogram_head +
                         "h_count 1\nh_sum 3\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\n"));
    EXPECT_FALSE(accepts(histogram_head + "h_count 1\nh_bucket{le=\"+Inf\"} 1\n"));
    EXPECT_FALSE(
        accepts("# TYPE a counter\n# HELP a x\na_total 1\n", format::open_metrics)); // no EOF
    EXPECT_FALSE(accepts("# TYPE a_total counter\n# HELP a_total x\na_total 1\n# EOF\n",
                         format::open_metrics));
}

} // namespace
} // namespace thalamus::observe::exposition_test
