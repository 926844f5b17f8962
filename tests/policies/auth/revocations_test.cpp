#include "policies/auth/revocations.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::revocations_test {
namespace {

using namespace std::chrono_literals;
using time_point = revocations::time_point;
using kind = revocation::kind;

constexpr time_point now{1'730'000'000s};

principal alice() {
    principal who;
    who.name = who.subject = "alice";
    who.token_id = "t1";
    who.issued_at = now - 10s;
    return who;
}

TEST(revocation, of_a_token_covers_it_until_its_end) {
    revocations revoked;
    EXPECT_FALSE(revoked.covers(alice(), now));
    revoked.add({kind::token, "t1", {}, now + 60s});
    EXPECT_TRUE(revoked.covers(alice(), now));
    EXPECT_TRUE(revoked.covers(alice(), now + 60s - 1ms));
    EXPECT_FALSE(revoked.covers(alice(), now + 60s));
    auto other = alice();
    other.token_id = "t2";
    EXPECT_FALSE(revoked.covers(other, now));
    other.token_id.clear();
    EXPECT_FALSE(revoked.covers(other, now));
}

TEST(revocation, of_a_subject_covers_tokens_that_were_issued_before) {
    revocations revoked;
    revoked.add({kind::subject, "alice", now, now + 60s});
    auto who = alice();
    EXPECT_TRUE(revoked.covers(who, now));
    who.issued_at = now;
    EXPECT_FALSE(revoked.covers(who, now)) << "issued after";
    who.issued_at.reset();
    EXPECT_TRUE(revoked.covers(who, now)) << "it does not say";
    who.subject = "bob";
    EXPECT_FALSE(revoked.covers(who, now));
    revoked.add({kind::subject, "alice", now - 60s, now + 10s});
    EXPECT_TRUE(revoked.covers(alice(), now + 30s)) << "an earlier one takes nothing back";
}

TEST(revocation, of_a_consumer_or_key_is_of_no_token_of_that_name) {
    revocations revoked;
    revoked.add({kind::consumer, "alice", {}, now + 60s});
    revoked.add({kind::key, "alice", {}, now + 60s});
    EXPECT_FALSE(revoked.covers(alice(), now));
    principal consumer;
    consumer.name = consumer.consumer = "alice";
    EXPECT_TRUE(revoked.covers(consumer, now));
    principal made;
    made.consumer = "acme";
    made.key_id = "alice";
    EXPECT_TRUE(revoked.covers(made, now));
}

TEST(revocation, is_forgotten_when_it_has_ended) {
    revocations revoked;
    for (int i = 0; i < 1000; ++i)
        revoked.add({kind::token, std::to_string(i), {}, now + std::chrono::seconds(i)});
    EXPECT_EQ(revoked.size(), 1000u);
    revoked.sweep(now + 500s);
    EXPECT_EQ(revoked.size(), 499u);
}

TEST(revocation, is_read_as_it_was_written_or_not_at_all) {
    for (const auto& what :
         {revocation{kind::token, "a b", {}, now + 1s},
          revocation{kind::subject, "x", now - 1ms, now}, revocation{kind::key, "\xff", {}, now}})
        EXPECT_EQ(revocation_of(to_member(what), what.expires), what);
    for (const auto* bad : {"", "1", "1 ", "1 0", "1 0 ", "0 0 x", "5 0 x", "1 -1 x", "x 0 x",
                            "1 99999999999999999999 x", "1 9999999999999999 x"})
        EXPECT_FALSE(revocation_of(bad, now)) << bad;
}

} // namespace
} // namespace thalamus::auth::revocations_test
