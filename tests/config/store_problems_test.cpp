// What is reported about store: every row is its members and the exact lines that they give.

#include "tests/config/problem_rows.hpp"

#include <gmock/gmock.h>

namespace thalamus::config::store_problems_test {
namespace {

row with_store(const std::string& members, std::vector<std::string> problems) {
    return {a_route + "store: {" + members + "}\n", std::move(problems)};
}

const std::vector<row> rows{
    {a_route + "store: redis\n",
     {R"(gateway.yaml:2:8: store: expected keys and values, not one value; as in store: {redis: "redis://host:6379"})"}},
    with_store(
        R"(redis: "rediss://h")",
        {R"(gateway.yaml:2:16: store.redis: TLS to Redis (rediss://) is not supported yet; use redis:// in this version)"}),
    with_store(
        R"(redis: "u:hunter2@h:6379")",
        {R"(gateway.yaml:2:16: store.redis: not a redis:// URL; write redis://user:password@host:6379/0)"}),
    with_store(
        R"(redis: "http://u:hunter2@h:6379")",
        {R"(gateway.yaml:2:16: store.redis: not a redis:// URL; write redis://user:password@host:6379/0)"}),
    with_store(
        R"(redis: "redis://u:hunter2/x@h")",
        {R"(gateway.yaml:2:16: store.redis: /, ? or # in a user or password; write %2F, %3F or %23 there)"}),
    with_store(
        R"(redis: "redis://u:hunter2%4@h")",
        {R"(gateway.yaml:2:16: store.redis: a % that does not start an escape in the user or password; write %25 for a literal %)"}),
    with_store(
        R"(redis: "redis://u:hunter2%zz@h")",
        {R"(gateway.yaml:2:16: store.redis: a % that does not start an escape in the user or password; write %25 for a literal %)"}),
    with_store(
        R"(redis: "redis://u:hunter2@")",
        {R"(gateway.yaml:2:16: store.redis: no host; write redis://user:password@host:6379/0)"}),
    with_store(
        R"(redis: "redis://u:hunter2@:6379")",
        {R"(gateway.yaml:2:16: store.redis: no host; write redis://user:password@host:6379/0)"}),
    with_store(
        R"(redis: "redis://u:hunter2@a b")",
        {R"(gateway.yaml:2:16: store.redis: not a host name or address; as in example.com or [::1])"}),
    with_store(
        R"(redis: "redis://u:hunter2@h:0")",
        {R"(gateway.yaml:2:16: store.redis: not a port; a port is a number from 1 to 65535)"}),
    with_store(
        R"(redis: "redis://u:hunter2@h:x")",
        {R"(gateway.yaml:2:16: store.redis: not a port; a port is a number from 1 to 65535)"}),
    with_store(
        R"(redis: "redis://u:hunter2@fe80::1")",
        {R"(gateway.yaml:2:16: store.redis: an IPv6 address needs brackets here; write "[fe80::1]:6379")"}),
    with_store(
        R"(redis: "redis://u:hunter2@h/x")",
        {R"(gateway.yaml:2:16: store.redis: not a database number; the number after the slash must be from 0 to 65535)"}),
    with_store(
        R"(redis: "redis://u:hunter2@h/65536")",
        {R"(gateway.yaml:2:16: store.redis: not a database number; the number after the slash must be from 0 to 65535)"}),
    with_store(
        R"(redis: "redis://h/0?password=hunter2")",
        {R"(gateway.yaml:2:16: store.redis: a Redis URL cannot have a query or fragment; write redis://user:password@host:6379/0)"}),
    with_store(
        R"(redis: [h])",
        {R"(gateway.yaml:2:16: store.redis: expected keys and values, not a list; as in redis: redis://user:password@host:6379/0)"}),
    with_store(
        R"(redis: {})",
        {R"(gateway.yaml:2:16: store.redis.sentinels: missing; name sentinels and primary, or cluster; for a single server write redis: redis://host:6379)"}),
    with_store(
        R"(redis: {sentinels: [a], cluster: [b], primary: m})",
        {R"(gateway.yaml:2:33: store.redis.cluster: sentinels and cluster cannot be combined; keep one of sentinels and cluster)"}),
    with_store(
        R"(redis: {sentinels: [a]})",
        {R"(gateway.yaml:2:16: store.redis.primary: missing; the name of the primary at the Sentinels, as in primary: main)"}),
    with_store(
        R"(redis: {sentinels: [], primary: "a b"})",
        {R"(gateway.yaml:2:28: store.redis.sentinels: no address; as in ["redis-1:26379"])",
         R"(gateway.yaml:2:41: store.redis.primary: "a b" is not a valid name for a primary; 1 to 64 letters, digits, "_", "." and "-")"}),
    with_store(
        R"(redis: {sentinels: s1, primary: m})",
        {R"(gateway.yaml:2:28: store.redis.sentinels: expected a list, not one value; as in ["redis-1:26379"])"}),
    with_store(
        R"(redis: {cluster: ["redis://:hunter2@r1", ":hunter2@r2:1", "r3:0"], primary: m, database: 1})",
        {R"(gateway.yaml:2:27: store.redis.cluster[0]: an address cannot contain a user or password; as in host:6379)",
         R"(gateway.yaml:2:50: store.redis.cluster[1]: an address cannot contain a user or password; as in host:6379)",
         R"(gateway.yaml:2:67: store.redis.cluster[2]: "r3:0" is not an address to connect to; as in host:6379)",
         R"(gateway.yaml:2:76: store.redis.primary: a Redis Cluster has many primaries; leave it out)",
         R"(gateway.yaml:2:88: store.redis.database: a Redis Cluster has only database 0; leave it out)"}),
    with_store(
        R"(redis: {sentinels: [a], primary: m, database: -1, pasword: hunter2})",
        {R"(gateway.yaml:2:55: store.redis.database: "-1" is out of range; from 0 to 65535)",
         R"(gateway.yaml:2:59: store.redis.pasword: unknown key; did you mean "password"?)"}),
    with_store(R"(timeout: 11s)",
               {R"(gateway.yaml:2:18: store.timeout: "11s" is out of range; from 1ms to 10s)"}),
    with_store(R"(timeout: 0s)",
               {R"(gateway.yaml:2:18: store.timeout: "0s" is out of range; from 1ms to 10s)"}),
    with_store(
        R"(prefix: "a{b}:")",
        {R"(gateway.yaml:2:17: store.prefix: "a{b}:": braces in a prefix; leave them out: they set the hash slot in a Redis Cluster)"}),
    with_store(
        R"(prefix: "a\nb")",
        {R"(gateway.yaml:2:17: store.prefix: control characters in a prefix; as in "thalamus:")"}),
    with_store("prefix: " + std::string(65, 'x'),
               {R"(gateway.yaml:2:17: store.prefix: ")" + std::string(64, 'x') +
                R"(..." is too long; at most 64 bytes)"}),
    with_store(R"(redsi: h)",
               {R"(gateway.yaml:2:9: store.redsi: unknown key; did you mean "redis"?)"}),
};

TEST(problems_of_store, are_reported_with_place_path_and_remedy) { expect_problems(rows); }

TEST(problems_of_store, never_show_a_password) {
    for (const auto& row : rows)
        for (const auto& problem : problems_of(row.yaml))
            EXPECT_THAT(problem, testing::Not(testing::HasSubstr("hunter2")));
}

} // namespace
} // namespace thalamus::config::store_problems_test
