#include "policies/limits/limit_key.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace thalamus::limits::limit_key_test {
namespace {

using part = config::limit_key_part::kind;
using config::on_missing_key;

struct request {
    base::ip_bytes client{};
    std::string route = "user";
    http::field_list fields;
    std::string consumer;

    explicit request(std::string_view ip = "192.0.2.1") { EXPECT_TRUE(base::parse_ip(ip, client)); }
    request& with(std::string_view name, std::string_view value) {
        fields.push_back({http::to_field_id(name), name, value});
        return *this;
    }
    limit_subject subject() const { return {client, route, fields, consumer}; }
};

config::rate_limit_settings limit(std::vector<config::limit_key_part> key,
                                  on_missing_key missing = on_missing_key::client_ip) {
    config::rate_limit_settings settings;
    settings.key = std::move(key);
    settings.missing = missing;
    return settings;
}

std::string key_of(const config::rate_limit_settings& limit, const request& of) {
    std::string out;
    EXPECT_EQ(append_limit_key(limit, of.subject(), out).type, limit_key::kind::made);
    return out;
}

TEST(limit_key, takes_each_part_from_the_request) {
    auto r = request().with("X-Tenant", "acme inc");
    r.consumer = "alice";
    EXPECT_EQ(key_of(limit({{part::client_ip, ""}}), r), "ip=192.0.2.1");
    EXPECT_EQ(key_of(limit({{part::route, ""}}), r), "route=user");
    EXPECT_EQ(key_of(limit({{part::header, "x-tenant"}}), r),
              "header=346296589bef024731215d629d8fb29f");
    EXPECT_EQ(key_of(limit({{part::consumer, ""}}), r), "consumer=alice");
    r.consumer = "acme inc";
    EXPECT_EQ(key_of(limit({{part::consumer, ""}}), r), "consumer=acme%20inc");
    EXPECT_EQ(
        key_of(limit({{part::route, ""}, {part::header, "x-tenant"}, {part::client_ip, ""}}), r),
        "route=user,header=346296589bef024731215d629d8fb29f,ip=192.0.2.1");
}

TEST(limit_key, counts_ipv6_by_its_prefix_and_ipv4_whole) {
    auto by_ip = limit({{part::client_ip, ""}});
    EXPECT_EQ(key_of(by_ip, request("2001:db8:1:2:3:4:5:6")), "ip=2001:db8:1:2::");
    EXPECT_EQ(key_of(by_ip, request("2001:db8:1:2::9")), "ip=2001:db8:1:2::");
    EXPECT_EQ(key_of(by_ip, request("2001:db8:1:3::9")), "ip=2001:db8:1:3::");
    EXPECT_EQ(key_of(by_ip, request("::ffff:192.0.2.7")), "ip=192.0.2.7");
    by_ip.ipv6_prefix = 1;
    EXPECT_EQ(key_of(by_ip, request("192.0.2.7")), "ip=192.0.2.7");
    EXPECT_EQ(key_of(by_ip, request("ffff::1")), "ip=8000::");
    by_ip.ipv6_prefix = 57;
    EXPECT_EQ(key_of(by_ip, request("2001:db8:1:2ff::1")), "ip=2001:db8:1:280::");
    by_ip.ipv6_prefix = 128;
    EXPECT_EQ(key_of(by_ip, request("2001:db8::1")), "ip=2001:db8::1");
}

TEST(limit_key, counts_by_the_address_where_a_part_is_missing_and_keeps_the_others) {
    const auto by_tenant = limit({{part::route, ""}, {part::header, "x-tenant"}});
    EXPECT_EQ(key_of(by_tenant, request("2001:db8::1")), "route=user,ip=2001:db8::");
    std::string out;
    const auto found = append_limit_key(by_tenant, request().subject(), out);
    EXPECT_EQ(found.missing, &by_tenant.key[1]);
    EXPECT_EQ(append_limit_key(by_tenant, request().with("X-Tenant", "a").subject(), out).missing,
              nullptr);
}

TEST(limit_key, refuses_or_skips_where_a_part_is_missing_and_leaves_the_text_alone) {
    for (const auto& [missing, type] : {std::pair{on_missing_key::reject, limit_key::kind::reject},
                                        std::pair{on_missing_key::skip, limit_key::kind::skip}}) {
        for (const auto& what : {config::limit_key_part{part::header, "x-tenant"},
                                 config::limit_key_part{part::consumer, ""},
                                 config::limit_key_part{part::claim, "sub"}}) {
            const auto by = limit({{part::route, ""}, what, {part::client_ip, ""}}, missing);
            std::string out = "before:";
            const auto found = append_limit_key(by, request().with("X-Tenant", "").subject(), out);
            EXPECT_EQ(found.type, type);
            EXPECT_EQ(found.missing, &by.key[1]);
            EXPECT_EQ(out, "before:");
        }
        EXPECT_EQ(
            key_of(limit({{part::header, "x-tenant"}}, missing), request().with("x-tenant", "a")),
            "header=ca978112ca1bbdcafac231b39a23dc4d");
    }
}

TEST(limit_key, of_a_missing_consumer_is_not_that_of_one_who_is_called_like_an_address) {
    const auto by_consumer = limit({{part::consumer, ""}});
    auto named = request();
    named.consumer = "192.0.2.1";
    EXPECT_NE(key_of(by_consumer, request()), key_of(by_consumer, named));
    const auto by_header = limit({{part::header, "x-a"}});
    EXPECT_NE(key_of(by_header, request()), key_of(by_header, request().with("X-A", "192.0.2.1")));
}

TEST(limit_key, takes_the_first_of_several_lines) {
    EXPECT_EQ(key_of(limit({{part::header, "x-a"}}), request().with("X-A", "1").with("x-a", "2")),
              "header=6b86b273ff34fce19d6b804eff5a3f57");
}

TEST(limit_key, does_not_show_a_header_s_value_for_it_may_be_a_credential) {
    const auto by_header = limit({{part::header, "x-api-key"}});
    const auto of = [&](const std::string& value) {
        return key_of(by_header, request().with("X-Api-Key", value));
    };
    EXPECT_EQ(of("secret").find("secret"), std::string::npos);
    EXPECT_EQ(of("s").size(), of(std::string(32000, '\x80')).size());
    const std::string long_value(1000, 'a');
    EXPECT_NE(of(long_value + "b"), of(long_value + "c"));
    EXPECT_NE(of(of("secret").substr(7)), of("secret")) << "what it is written as, sent as a value";
}

/// Values made of what keys are written with: two requests have one key only if they are the same.
TEST(limit_key, is_unambiguous) {
    const auto by = limit({{part::header, "x-a"}, {part::header, "x-b"}, {part::consumer, ""}});
    std::mt19937 random(7);
    const std::string_view marks = "ab,=%{}+:\x01\xFF";
    std::set<std::string> keys;
    std::set<std::vector<std::string>> requests;
    for (int i = 0; i < 20000; ++i) {
        std::vector<std::string> values(3);
        for (auto& value : values)
            for (auto n = random() % 4; n > 0; --n) value += marks[random() % marks.size()];
        auto r = request().with("X-A", values[0]).with("X-B", values[1]);
        r.consumer = values[2];
        const auto key = key_of(by, r);
        for (const char c : key) EXPECT_TRUE(c > ' ' && c < 0x7F && c != '{' && c != '}') << key;
        keys.insert(key);
        requests.insert(std::move(values));
    }
    EXPECT_GT(requests.size(), 10000u);
    EXPECT_EQ(keys.size(), requests.size());
}

TEST(limit_key, appends_to_a_buffer_that_is_used_again) {
    const auto by = limit({{part::route, ""}, {part::client_ip, ""}});
    std::string out;
    out.reserve(256);
    const auto* const bytes = out.data();
    for (int i = 0; i < 3; ++i) {
        out.assign("per-client:");
        append_limit_key(by, request().subject(), out);
        EXPECT_EQ(out, "per-client:route=user,ip=192.0.2.1");
        EXPECT_EQ(out.data(), bytes);
    }
}

} // namespace
} // namespace thalamus::limits::limit_key_test
