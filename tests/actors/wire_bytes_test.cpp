// What nodes tell each other, as bytes: two adjacent versions of the program run in one cluster, so
// a change of these bytes is a change of the protocol.

#include "actors/identity/jwks_document.hpp"
#include "actors/identity/replicated_set.hpp"
#include "actors/limits/ledger_call.hpp"
#include "actors/upstream/health_report.hpp"
#include "cluster/wire.hpp"

#include <gtest/gtest.h>

namespace thalamus::actors::wire_bytes_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

std::string hex_of(const auto& what) {
    std::string hex;
    for (const unsigned char byte : to_payload(what))
        for (const int digit : {byte >> 4, byte & 15}) hex += "0123456789abcdef"[digit];
    return hex;
}

constexpr system_clock::time_point moment{1'764'000'000'123ms};

TEST(wire_bytes, of_health_reports_do_not_change) {
    EXPECT_EQ(hex_of(health_report{"app", "10.0.0.1:80", false, moment}),
              "0a03617070120b31302e302e302e313a3830180120fbd0dfb4ab33");
    EXPECT_EQ(hex_of(health_report{"", "", true, {}}), "");
}

TEST(wire_bytes, of_set_members_do_not_change) {
    EXPECT_EQ(hex_of(set_entry{"m", moment}), "0a016d10fbd0dfb4ab33");
    EXPECT_EQ(hex_of(set_entry{"m", store::never}), "0a016d");
    EXPECT_EQ(hex_of(set_entry{"", {}}), "");
    EXPECT_EQ(hex_of(entry_page{{to_payload(set_entry{"m", moment}), ""}, true, true}),
              "0a0a0a016d10fbd0dfb4ab330a0010011801");
    EXPECT_EQ(hex_of(entry_page{}), "");
}

TEST(wire_bytes, of_keys_do_not_change) {
    const jwks_document document{"https://i/jwks", "{\"keys\":[]}", 1'764'000'000'123, 5s, 300s};
    EXPECT_EQ(
        hex_of(document),
        "0a0e68747470733a2f2f692f6a776b73120b7b226b657973223a5b5d7d30882720ac0228fbd0dfb4ab33");
    EXPECT_EQ(hex_of(jwks_document{}), "");
    EXPECT_EQ(hex_of(jwks_request{"https://i/jwks", 7}), "0a0e68747470733a2f2f692f6a776b731007");
    EXPECT_EQ(hex_of(jwks_request{}), "");
    EXPECT_EQ(
        hex_of(jwks_reply{jwks_reply::kind::newer, document}),
        "0801122a0a0e68747470733a2f2f692f6a776b73120b7b226b657973223a5b5d7d30882720ac0228fbd0dfb4"
        "ab33");
    EXPECT_EQ(hex_of(jwks_reply{jwks_reply::kind::newer, jwks_document{}}), "08011200");
    EXPECT_EQ(hex_of(jwks_reply{jwks_reply::kind::not_mine, {}}), "0804");
}

TEST(wire_bytes, of_limit_calls_do_not_change) {
    EXPECT_EQ(
        hex_of(ledger_call{
            ledger_call::call::charge, "rule", "key", {2, 3}, 4, 5, limits::microseconds(300)}),
        "0802120472756c651a036b6579200228033004380540ac02");
    EXPECT_EQ(hex_of(ledger_call{
                  ledger_call::call::take, "", "", {0, -1}, -1, -1, limits::microseconds(-1)}),
              "");
    EXPECT_EQ(hex_of(limits::grant{1, limits::microseconds(2), 3, limits::microseconds(4),
                                   limits::microseconds(500), INT64_MAX}),
              "080110021803200428f40330ffffffffffffffff7f");
    EXPECT_EQ(hex_of(limits::grant{-1, limits::microseconds(-2), -3, limits::microseconds(-4),
                                   limits::microseconds(-5), -6}),
              "");
}

template <class T>
std::optional<T> read(const std::string& payload) {
    return from_payload(payload, std::type_identity<T>{});
}

TEST(wire_bytes, that_are_out_of_range_are_refused) {
    EXPECT_TRUE(read_ledger_call("\x08\x02"));
    EXPECT_FALSE(read_ledger_call("\x08\x03")); // a call of a later version
    EXPECT_EQ(read_ledger_call("")->wanted.need, 0);
    for (const auto* field : {"\x20", "\x28", "\x30", "\x38", "\x40"}) // 4 to 8: negative
        EXPECT_FALSE(read_ledger_call(field + std::string(9, '\xff') + "\x01"));
    EXPECT_FALSE(read_grant("\x08" + std::string(9, '\xff') + "\x01"));

    EXPECT_FALSE(read<jwks_document>(to_payload(jwks_document{"", "{}", 1, 0s, 0s})));
    EXPECT_FALSE(read<jwks_document>(to_payload(jwks_document{"u", "", 1, 0s, 0s})));
    EXPECT_FALSE(read<jwks_document>(to_payload(jwks_document{"u", "{}", 0, 0s, 0s})));
    const auto far =
        read<jwks_document>(to_payload(jwks_document{"u", "{}", UINT64_MAX, 99'999h, 99'999h}));
    ASSERT_TRUE(far);
    EXPECT_EQ(far->version, cluster::latest_moment);
    EXPECT_EQ(far->age, 366 * 24h);
    EXPECT_EQ(far->lifetime, 24h);
    EXPECT_FALSE(read<jwks_request>(to_payload(jwks_request{"", 7})));
    using kind = jwks_reply::kind;
    EXPECT_FALSE(read<jwks_reply>(""));
    EXPECT_FALSE(read<jwks_reply>(to_payload(jwks_reply{kind{5}, {}})));
    EXPECT_FALSE(read<jwks_reply>(to_payload(jwks_reply{kind::newer, {}})));
    EXPECT_FALSE(read<jwks_reply>(to_payload(jwks_reply{kind::newer, jwks_document{}})));
    EXPECT_FALSE(read<jwks_reply>(to_payload(jwks_reply{kind::not_mine, *far})));
    EXPECT_TRUE(read<jwks_reply>(to_payload(jwks_reply{kind::newer, *far})));

    const auto longest = store::expiring_sets::longest_member;
    EXPECT_TRUE(read<set_entry>(to_payload(set_entry{std::string(longest, 'm'), moment})));
    EXPECT_FALSE(read<set_entry>(to_payload(set_entry{std::string(longest + 1, 'm'), moment})));
    EXPECT_FALSE(read<set_entry>(to_payload(set_entry{"", moment})));
    EXPECT_EQ(read<set_entry>(to_payload(set_entry{"m", store::never}))->expires, store::never);
}

} // namespace
} // namespace thalamus::actors::wire_bytes_test
