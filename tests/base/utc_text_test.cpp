#include "base/utc_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace thalamus::base::utc_text_test {
namespace {

using namespace std::chrono;

std::string rfc3339(utc_text& text, milliseconds since_epoch) {
    char out[utc_text::rfc3339_size];
    EXPECT_EQ(text.rfc3339(out, system_clock::time_point{since_epoch}), out + sizeof out);
    return {out, sizeof out};
}

std::string apache(utc_text& text, milliseconds since_epoch) {
    char out[utc_text::apache_size];
    EXPECT_EQ(text.apache(out, system_clock::time_point{since_epoch}), out + sizeof out);
    return {out, sizeof out};
}

TEST(utc_text, known_times) {
    utc_text text;
    EXPECT_EQ(rfc3339(text, 0ms), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(text, 951782400000ms + 7ms), "2000-02-29T00:00:00.007Z");
    EXPECT_EQ(rfc3339(text, 1764044781123ms), "2025-11-25T04:26:21.123Z");
    EXPECT_EQ(rfc3339(text, 4102444799999ms), "2099-12-31T23:59:59.999Z");
    EXPECT_EQ(apache(text, 1764044781123ms), "25/Nov/2025:04:26:21 +0000");
    EXPECT_EQ(apache(text, 0ms), "01/Jan/1970:00:00:00 +0000");
}

TEST(utc_text, the_kept_second_is_replaced_in_both_directions) {
    utc_text text;
    EXPECT_EQ(rfc3339(text, 1764044781999ms), "2025-11-25T04:26:21.999Z");
    EXPECT_EQ(rfc3339(text, 1764044782000ms), "2025-11-25T04:26:22.000Z");
    EXPECT_EQ(rfc3339(text, 1764044782001ms), "2025-11-25T04:26:22.001Z");
    EXPECT_EQ(apache(text, 1764044783000ms), "25/Nov/2025:04:26:23 +0000");
    EXPECT_EQ(rfc3339(text, 1764044781998ms), "2025-11-25T04:26:21.998Z"); // the clock was set back
}

TEST(utc_text, before_the_epoch_rounds_down) {
    utc_text text;
    EXPECT_EQ(rfc3339(text, -1ms), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(rfc3339(text, -1000ms), "1969-12-31T23:59:59.000Z");
}

TEST(utc_text, whole_seconds_have_no_fraction) {
    const auto at = [](milliseconds since) { return std::chrono::system_clock::time_point(since); };
    EXPECT_EQ(rfc3339_seconds(at(0ms)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(rfc3339_seconds(at(1764044781999ms)), "2025-11-25T04:26:21Z");
    EXPECT_EQ(rfc3339_seconds(at(-1ms)), "1969-12-31T23:59:59Z");
}

} // namespace
} // namespace thalamus::base::utc_text_test
