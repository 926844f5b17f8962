// Request ids, trace context, dates, host names, queries: the small things of a request.

#include "http/date.hpp"
#include "http/host_name.hpp"
#include "http/percent.hpp"
#include "http/request_id.hpp"
#include "http/trace_context.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace thalamus::http::request_identity_test {
namespace {

using namespace std::string_literals;

TEST(request_id, is_32_hex_digits_and_never_the_same) {
    base::xoshiro256 random(1);
    std::set<std::string> seen;
    for (int i = 0; i < 10000; ++i) {
        const auto id = make_request_id(random);
        EXPECT_EQ(id.view().find_first_not_of("0123456789abcdef"), std::string::npos);
        EXPECT_TRUE(is_acceptable_request_id(id.view()));
        seen.emplace(id.view());
    }
    EXPECT_EQ(seen.size(), 10000u);
}

TEST(request_id, is_accepted_if_short_and_plain) {
    for (auto good : {"a", "A-b_c.d:e", "0af7651916cd43dd8448eb211c80319c"})
        EXPECT_TRUE(is_acceptable_request_id(good));
    EXPECT_TRUE(is_acceptable_request_id(std::string(128, 'x')));
    for (auto bad : {""s, std::string(129, 'x'), "a b"s, "a\r\nb"s, "\""s, "a,b"s, "\xc3\xa9"s,
                     "a\0"s, "{}"s, "a/b"s})
        EXPECT_FALSE(is_acceptable_request_id(bad)) << bad;
}

const std::string valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

trace_context trace_of(std::initializer_list<std::string_view> values) {
    static base::xoshiro256 random(2);
    field_list fields;
    for (auto v : values) fields.push_back({field_id::traceparent, "traceparent", v});
    return continue_or_start_trace(fields, random);
}

TEST(trace_context, continues_what_is_valid) {
    EXPECT_TRUE(trace_of({valid}).continued());
    EXPECT_EQ(trace_of({valid}).traceparent(), valid);
    EXPECT_TRUE(
        trace_of({"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"}).continued());
    EXPECT_TRUE(trace_of({"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}).continued());
}

TEST(trace_context, starts_anew_otherwise) {
    for (auto bad : {""s, valid + "-more", valid + " ", valid.substr(0, 54), "ff" + valid.substr(2),
                     "0" + valid.substr(1, 53) + "x",
                     "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"s,
                     "00-00000000000000000000000000000000-b7ad6b7169203331-01"s,
                     "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"s,
                     "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"s,
                     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz"s,
                     "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.x"s}) {
        const auto trace = trace_of({bad});
        EXPECT_FALSE(trace.continued()) << bad;
        EXPECT_TRUE(trace_of({trace.traceparent()}).continued()) << trace.traceparent();
    }
    EXPECT_FALSE(trace_of({}).continued());
    EXPECT_FALSE(trace_of({valid, valid}).continued()) << "more than one";
    const auto one = trace_of({}), other = trace_of({});
    EXPECT_NE(one.traceparent().substr(3, 32), other.traceparent().substr(3, 32));
}

TEST(http_date, is_an_imf_fixdate) {
    const auto at = [](long seconds) {
        return std::string(to_http_date(std::chrono::system_clock::from_time_t(seconds)).view());
    };
    EXPECT_EQ(at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(at(1709164800), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(host_name, has_one_form) {
    std::string buffer;
    const auto normal = [&](std::string_view authority) {
        return std::string(normalize_host(authority, buffer));
    };
    EXPECT_EQ(normal("example.com"), "example.com");
    EXPECT_EQ(normal("Example.COM:8080"), "example.com");
    EXPECT_EQ(normal("example.com."), "example.com");
    EXPECT_EQ(normal("EXAMPLE.com.:443"), "example.com");
    EXPECT_EQ(normal("example.com.."), "example.com.");
    EXPECT_EQ(normal("[2001:DB8::1]:80"), "[2001:db8::1]");
    EXPECT_EQ(normal("[::1]"), "[::1]");
    EXPECT_EQ(normal("127.0.0.1:1"), "127.0.0.1");
    EXPECT_EQ(normal(""), "");
    const std::string_view plain = "example.com:80";
    EXPECT_EQ(normalize_host(plain, buffer).data(), plain.data());
}

TEST(query, is_read_by_parameter) {
    EXPECT_EQ(find_parameter("?a=1&b=2", "b"), "2");
    EXPECT_EQ(find_parameter("a=1&b=2", "a"), "1");
    EXPECT_EQ(find_parameter("?a=1&a=2", "a"), "1");
    EXPECT_EQ(find_parameter("?a", "a"), "");
    EXPECT_EQ(find_parameter("?a=", "a"), "");
    EXPECT_EQ(find_parameter("?a=b=c", "a"), "b=c");
    EXPECT_EQ(find_parameter("?%61%20b=1", "a b"), "1");
    EXPECT_EQ(find_parameter("?a+b=c+d%2B", "a b"), "c d+");
    EXPECT_EQ(find_parameter("?a=%&b=%4&c=%zz", "a"), "%");
    EXPECT_EQ(find_parameter("?a=%&b=%4&c=%zz", "b"), "%4");
    EXPECT_EQ(find_parameter("?a=%&b=%4&c=%zz", "c"), "%zz");
    EXPECT_EQ(find_parameter("?aa=1&&=2", "a"), std::nullopt);
    EXPECT_EQ(find_parameter("?A=1", "a"), std::nullopt);
    EXPECT_EQ(find_parameter("", "a"), std::nullopt);
    EXPECT_TRUE(parameter_equals("?x=%41b", "x", "Ab"));
    EXPECT_FALSE(parameter_equals("?x=Abc", "x", "Ab"));
    EXPECT_FALSE(parameter_equals("?x=A", "x", "Ab"));
    EXPECT_FALSE(parameter_equals("?y=Ab", "x", "Ab"));
    EXPECT_TRUE(parameter_equals("?x", "x", ""));
    EXPECT_FALSE(parameter_equals("?y", "x", ""));
}

TEST(percent, decodes_only_what_is_an_escape) {
    std::string out;
    append_decoded("%41+%zz%4%", false, out);
    EXPECT_EQ(out, "A+%zz%4%");
    out.clear();
    append_encoded("a/b c~\xff", out);
    EXPECT_EQ(out, "a%2Fb%20c~%FF");
}

} // namespace
} // namespace thalamus::http::request_identity_test
