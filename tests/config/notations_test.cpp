// Durations, sizes, numbers of the core schema, addresses.

#include "config/addresses.hpp"
#include "config/scalars.hpp"
#include "config/suggest.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace thalamus::config::notations_test {
namespace {

TEST(durations, have_one_unit) {
    EXPECT_EQ(to_duration("250ms"), milliseconds(250));
    EXPECT_EQ(to_duration("2s"), milliseconds(2000));
    EXPECT_EQ(to_duration("5m"), milliseconds(300000));
    EXPECT_EQ(to_duration("1h"), milliseconds(3600000));
    for (const auto* text : {"", "5", "s", "-1s", "+1s", "1.5s", "1m30s", "1 s", "1d", "1S",
                             "99999999999999999999h", "9999999999999999h"})
        EXPECT_FALSE(to_duration(text)) << text;
}

TEST(durations, are_written_back_exactly) {
    for (const auto* text : {"0s", "1ms", "1500ms", "90s", "1m", "75s", "24h"})
        EXPECT_EQ(to_text(*to_duration(text)), text);
}

TEST(sizes, are_bytes_or_binary_units) {
    EXPECT_EQ(to_size("16KiB"), 16384u);
    EXPECT_EQ(to_size("1MiB"), 1u << 20);
    EXPECT_EQ(to_size("2GiB"), 2ull << 30);
    EXPECT_EQ(to_size("1000"), 1000u);
    for (const auto* text : {"", "KiB", "1KB", "1k", "-1", "1.5MiB", "1 MiB", "99999999999GiB"})
        EXPECT_FALSE(to_size(text)) << text;
}

TEST(rates, are_a_count_per_period) {
    const auto is = [](const char* text, std::uint64_t count, milliseconds period) {
        const auto value = to_rate(text);
        return value && value->count == count && value->period == period;
    };
    EXPECT_TRUE(is("100/s", 100, milliseconds(1000)));
    EXPECT_TRUE(is("60/min", 60, milliseconds(60000)));
    EXPECT_TRUE(is("60/m", 60, milliseconds(60000)));
    EXPECT_TRUE(is("1000/h", 1000, milliseconds(3600000)));
    EXPECT_TRUE(is("5/d", 5, milliseconds(86400000)));
    EXPECT_TRUE(is("10/10s", 10, milliseconds(10000)));
    EXPECT_TRUE(is("1/250ms", 1, milliseconds(250)));
    EXPECT_TRUE(is("7/30d", 7, milliseconds(30ll * 86400000)));
    for (const auto* text :
         {"", "/", "5", "5/", "/s", "5/10", "5 / s", "5/s/s", "-5/s", "+5/s", "5/-1s", "1.5/s",
          "5/1.5s", "5/w", "5/S", "99999999999999999999/s", "5/9999999999999999999h"})
        EXPECT_FALSE(to_rate(text)) << text;
}

TEST(rates, are_written_back_exactly) {
    for (const auto* text :
         {"100/s", "60/min", "1000/h", "5/d", "10/10s", "10/5m", "3/48h", "1/1500ms", "1/ms"})
        EXPECT_EQ(to_text(*to_rate(text)), text);
}

TEST(core_schema, decides_on_types) {
    const auto index = [](std::string_view text) { return to_core_value(text).index(); };
    for (const auto* text : {"", "~", "null", "Null", "NULL"}) EXPECT_EQ(index(text), 0u) << text;
    for (const auto* text : {"true", "True", "TRUE", "false", "False", "FALSE"})
        EXPECT_EQ(index(text), 1u) << text;
    for (const auto* text : {"0", "-1", "+1", "0755", "0o17", "0xfF"})
        EXPECT_EQ(index(text), 2u) << text;
    for (const auto* text : {"1.10", ".5", "1.", "-1e3", "1E-3", "+.5", ".inf", "-.INF", ".NaN"})
        EXPECT_EQ(index(text), 4u) << text;
    for (const auto* text :
         {"yes", "on",  "tRUE", "22:22", "1_000", "0b1", "0x",  "0o8", "0x-1",  "-0x1",
          "--1", "+-1", ".",    "+",     "e3",    "1e",  "inf", "nan", "1.2.3", "2001-01-01"})
        EXPECT_EQ(index(text), 5u) << text;
    EXPECT_EQ(std::get<std::int64_t>(to_core_value("0755")), 755);
    EXPECT_EQ(std::get<std::int64_t>(to_core_value("0o17")), 15);
    EXPECT_EQ(std::get<std::uint64_t>(to_core_value("18446744073709551615")),
              18446744073709551615u);
    EXPECT_TRUE(std::isinf(std::get<double>(to_core_value("-.inf"))));
}

TEST(utf8, is_checked_strictly) {
    EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
    for (const auto* text : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                             "\xF4\x90\x80\x80", "\xFF", "\xE2\x82"})
        EXPECT_FALSE(is_utf8(text));
}

TEST(endpoints, are_read_and_written) {
    for (const auto* text : {"0.0.0.0:80", "[::1]:80", "a-b_c.example:65535"})
        EXPECT_EQ(to_text(std::get<endpoint>(to_endpoint(text))), text);
    for (const auto* text :
         {"", ":", ":80", "a", "a:", "a:x", "a:65536", "::1", "[::1]", "[::1]80", "[a]:80",
          "a b:80", "*:80", "-:", "a..b:80", "a:80:80", "[]:80", "[127.0.0.1]:80"})
        EXPECT_TRUE(std::holds_alternative<syntax_error>(to_endpoint(text))) << text;
}

TEST(networks, contain_addresses_of_their_range) {
    const auto in = [](const char* range, const char* ip) {
        return std::get<network>(to_network(range)).contains(*to_ip(ip));
    };
    EXPECT_TRUE(in("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(in("0.0.0.0/0", "8.8.8.8"));
    EXPECT_FALSE(in("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(in("::/0", "8.8.8.8"));
    EXPECT_TRUE(in("192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(in("192.0.2.1", "192.0.2.2"));
    EXPECT_TRUE(in("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
    EXPECT_TRUE(in("10.0.0.0/31", "::ffff:10.0.0.1"));
}

TEST(networks, are_written_back) {
    for (const auto* text :
         {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32", "::/0", "::1/128"})
        EXPECT_EQ(to_text(std::get<network>(to_network(text))), text);
}

TEST(targets, default_to_port_80_and_any_case_of_the_scheme) {
    EXPECT_EQ(to_text(std::get<endpoint>(to_target("HTTP://a/"))), "a:80");
    EXPECT_EQ(to_text(std::get<endpoint>(to_target("http://[::1]"))), "[::1]:80");
    EXPECT_EQ(to_text(std::get<endpoint>(to_target("http://10.0.0.1:8000"))), "10.0.0.1:8000");
    for (const auto* text :
         {"", "http://", "http:///", "http://:80", "http://a:/", "a", "http://a#b", "http://::1/"})
        EXPECT_TRUE(std::holds_alternative<syntax_error>(to_target(text))) << text;
}

TEST(http_urls, are_a_server_and_what_to_ask_it_for) {
    const auto read = [](std::string_view url) {
        const auto parts = std::get<http_url>(to_http_url(url));
        return to_text(parts.server) + " " + parts.target;
    };
    EXPECT_EQ(read("http://idp:8080/jwks.json?x=y"), "idp:8080 /jwks.json?x=y");
    EXPECT_EQ(read("HTTP://idp"), "idp:80 /");
    EXPECT_EQ(read("http://idp?x=/y?z"), "idp:80 /?x=/y?z");
    EXPECT_EQ(read("http://[::1]:81/a%20b/"), "[::1]:81 /a%20b/");
    EXPECT_EQ(read("http://10.0.0.1/-._~!$&'()*+,;=:@"), "10.0.0.1:80 /-._~!$&'()*+,;=:@");
}

TEST(http_urls, that_cannot_be_asked_are_refused_with_the_reason) {
    const std::pair<std::string_view, const char*> rows[] = {
        {"https://idp/jwks", "https:// is not supported yet"},
        {"HTTPS://idp/jwks", "https:// is not supported yet"},
        {"ftp://idp/", "not an http URL"},
        {"", "not a URL"},
        {"idp:8080/jwks", "not a URL"},
        {"/jwks", "not a URL"},
        {"://idp/", "not a URL"},
        {"http://", "no host"},
        {"http:///jwks", "no host"},
        {"http://:80/", "no host before the port"},
        {"http://user:pw@idp/", "this URL cannot have a user or password"},
        {"http://@idp/", "this URL cannot have a user or password"},
        {"http://idp/jwks#keys", "this URL cannot have a fragment: it would never be sent"},
        {"http://idp#", "this URL cannot have a fragment: it would never be sent"},
        {"http://idp/a b", "a character that is not allowed in a URL"},
        {"http://idp/a\r\nX: y", "a character that is not allowed in a URL"},
        {"http://idp/\xC3\xA9", "a character that is not allowed in a URL"},
        {"http://idp/a\\b", "a character that is not allowed in a URL"},
        {"http://idp/{id}", "a character that is not allowed in a URL"},
        {std::string_view("http://idp/a\0b", 14), "a character that is not allowed in a URL"},
        {"http://idp/100%", "a % that does not start an escape"},
        {"http://idp/?q=%2x", "a % that does not start an escape"},
        {"http://idp:0/", "not a port"},
        {"http://idp:65536/", "not a port"},
        {"http://\xC3\xA9/", "a host name is ASCII"},
        {"http://a,b/", "not a host name or address"},
        {"http://::1/", "an IPv6 address needs brackets here"},
    };
    for (const auto& [url, message] : rows) {
        const auto result = to_http_url(url);
        ASSERT_TRUE(std::holds_alternative<syntax_error>(result)) << url;
        EXPECT_EQ(std::get<syntax_error>(result).message, message) << url;
        EXPECT_FALSE(std::get<syntax_error>(result).hint.empty()) << url;
    }
}

TEST(authorities, leave_out_the_port_of_the_scheme) {
    EXPECT_EQ(to_authority({"idp", 80}), "idp");
    EXPECT_EQ(to_authority({"idp", 8080}), "idp:8080");
    EXPECT_EQ(to_authority({"::1", 80}), "[::1]");
    EXPECT_EQ(to_authority({"::1", 81}), "[::1]:81");
}

TEST(suggestions, are_near_by_edits) {
    EXPECT_EQ(nearest("pth", {"methods", "path"}), "path");
    EXPECT_EQ(nearest("ruotes", {"routes", "services"}), "routes");
    EXPECT_EQ(nearest("Routes", {"routes"}), "routes");
    EXPECT_EQ(nearest("xyz", {"on", "to"}), "");
    EXPECT_EQ(nearest(std::string(100, 'a'), {"a"}), "");
}

TEST(quotes, keep_messages_on_one_line_and_short) {
    EXPECT_EQ(in_quotes("a\nb\x7F"), "\"a\\x0ab\\x7f\"");
    EXPECT_LT(in_quotes(std::string(1000, 'x')).size(), 80u);
    EXPECT_TRUE(is_utf8(in_quotes("x" + std::string(63, 'x') + "\xC3\xA9\xC3\xA9")));
}

} // namespace
} // namespace thalamus::config::notations_test
