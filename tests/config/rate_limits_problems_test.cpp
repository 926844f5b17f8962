// What is reported about rate_limits and rate_limit: every row is a file and the exact lines that
// it gives.

#include "tests/config/problem_rows.hpp"

namespace thalamus::config::rate_limits_problems_test {
namespace {

row with_limit(const std::string& members, std::vector<std::string> problems) {
    return {a_route + "rate_limits:\n  a: {" + members + "}\n", std::move(problems)};
}

row with_rate_limit(const std::string& value, std::vector<std::string> problems) {
    return {"rate_limits: {per-client: {rate: 1/s}}\n" + with_route_key("rate_limit: " + value),
            std::move(problems)};
}

const std::string rate_hint = "as in 100/s, 60/min, 1000/h, 5/d or 10/10s";

const std::vector<row> rows{
    {a_route + "rate_limits: [a]\n",
     {R"(gateway.yaml:2:14: rate_limits: expected keys and values, not a list; as in {per-client: {rate: 100/min}})"}},
    {a_route + "rate_limits: {a: 100/s}\n",
     {R"(gateway.yaml:2:18: rate_limits.a: expected keys and values, not one value; as in {rate: 100/min})"}},
    {a_route + "rate_limits: {a b: {rate: 1/s}}\n",
     {R"(gateway.yaml:2:15: rate_limits["a b"]: "a b" is not a valid name for a rate limit; 1 to 64 letters, digits, "_", "." and "-")"}},
    {a_route + "rate_limits: {a: {rate: 1/s}, a: {rate: 1/s}}\n",
     {R"(gateway.yaml:2:31: rate_limits.a: defined twice; first at gateway.yaml:2:15; keep one of them)"}},
    with_limit("", {R"(gateway.yaml:3:6: rate_limits.a.rate: missing; as in rate: 100/min)"}),
    with_limit("rate: 100",
               {R"(gateway.yaml:3:13: rate_limits.a.rate: "100" is not a rate; )" + rate_hint}),
    with_limit("rate: 100/w",
               {R"(gateway.yaml:3:13: rate_limits.a.rate: "100/w" is not a rate; )" + rate_hint}),
    with_limit(
        "rate: [1]",
        {R"(gateway.yaml:3:13: rate_limits.a.rate: expected text, not a list; write one value)"}),
    with_limit(
        "rate: 0/s",
        {R"(gateway.yaml:3:13: rate_limits.a.rate: "0/s" is out of range; the count must be from 1 to 1000000000)"}),
    with_limit(
        "rate: 1000000001/s",
        {R"(gateway.yaml:3:13: rate_limits.a.rate: "1000000001/s" is out of range; the count must be from 1 to 1000000000)"}),
    with_limit(
        "rate: 1/0s",
        {R"(gateway.yaml:3:13: rate_limits.a.rate: "1/0s" is out of range; the period must be from 1ms to 30d)"}),
    with_limit(
        "rate: 1/31d",
        {R"(gateway.yaml:3:13: rate_limits.a.rate: "1/31d" is out of range; the period must be from 1ms to 30d)"}),
    with_limit(
        "rate: 1/s, key: ip",
        {R"(gateway.yaml:3:23: rate_limits.a.key: "ip" is not a rate limit key; known: consumer, client_ip, route, header:NAME, claim:NAME)"}),
    with_limit(
        "rate: 1/s, key: [client_id, \"cookie:a\"]",
        {R"(gateway.yaml:3:24: rate_limits.a.key[0]: "client_id" is not a rate limit key; did you mean "client_ip"?)",
         R"(gateway.yaml:3:35: rate_limits.a.key[1]: "cookie:a" is not a rate limit key; known: consumer, client_ip, route, header:NAME, claim:NAME)"}),
    with_limit(
        "rate: 1/s, key: [\"header:a b\", \"header:\", \"claim:\"]",
        {R"(gateway.yaml:3:24: rate_limits.a.key[0]: "a b" is not a header name; as in header:X-Tenant)",
         R"(gateway.yaml:3:38: rate_limits.a.key[1]: "" is not a header name; as in header:X-Tenant)",
         R"(gateway.yaml:3:49: rate_limits.a.key[2]: no claim name; as in claim:sub)"}),
    with_limit(
        "rate: 1/s, key: [\"header:X-A\", \"header:x-a\"]",
        {R"(gateway.yaml:3:38: rate_limits.a.key[1]: "header:x-a" is in the key already; remove it)"}),
    with_limit(
        "rate: 1/s, key: []",
        {R"(gateway.yaml:3:23: rate_limits.a.key: no key; as in [client_ip], or [route] for one limit per route)"}),
    with_limit("rate: 10/s, burst: 0",
               {R"(gateway.yaml:3:26: rate_limits.a.burst: "0" is out of range; from 1 to 1000)"}),
    with_limit(
        "rate: 10/s, burst: 1001",
        {R"(gateway.yaml:3:26: rate_limits.a.burst: "1001" is out of range; from 1 to 1000)"}),
    with_limit("rate: 10, burst: 1001",
               {R"(gateway.yaml:3:13: rate_limits.a.rate: "10" is not a rate; )" + rate_hint}),
    with_limit(
        "rate: 10/s, burst: 10, algorithm: fixed_window",
        {R"(gateway.yaml:3:19: rate_limits.a.burst: only a token_bucket has a burst; leave it out: the burst of a window is its count)"}),
    with_limit(
        "rate: 1/s, algorithm: leaky_bucket",
        {R"(gateway.yaml:3:29: rate_limits.a.algorithm: "leaky_bucket" is not a known value; known: token_bucket, fixed_window, sliding_window)"}),
    with_limit(
        "rate: 1/s, on_missing_key: ip, on_store_failure: deny",
        {R"(gateway.yaml:3:34: rate_limits.a.on_missing_key: "ip" is not a known value; known: client_ip, reject, skip)",
         R"(gateway.yaml:3:56: rate_limits.a.on_store_failure: "deny" is not a known value; known: share, open, closed)"}),
    with_limit(
        "rate: 1/s, ipv6_prefix: 129, dry_run: maybe",
        {R"(gateway.yaml:3:31: rate_limits.a.ipv6_prefix: "129" is out of range; from 1 to 128)",
         R"(gateway.yaml:3:45: rate_limits.a.dry_run: "maybe" is not true or false; write true or false)"}),
    with_limit(
        "rate: 1/s, algorithms: x",
        {R"(gateway.yaml:3:18: rate_limits.a.algorithms: unknown key; did you mean "algorithm"?)"}),
    with_rate_limit(
        "[per-clint]",
        {R"(gateway.yaml:6:18: routes[0].rate_limit[0]: there is no rate limit "per-clint"; did you mean "per-client"?)"}),
    with_rate_limit(
        "zzzz",
        {R"(gateway.yaml:6:17: routes[0].rate_limit: there is no rate limit "zzzz"; define it under rate_limits)"}),
    with_rate_limit(
        "[per-client, per-client]",
        {R"(gateway.yaml:6:30: routes[0].rate_limit[1]: "per-client" is in this route's rate_limit already; remove it)"}),
    with_rate_limit(
        "{per-client: 1}",
        {R"(gateway.yaml:6:17: routes[0].rate_limit: expected a list, not keys and values; as in [NAME])"}),
    with_rate_limit(
        "[{rate: 1/s}]",
        {R"(gateway.yaml:6:18: routes[0].rate_limit[0]: expected text, not keys and values; write one value)"}),
};

TEST(problems_of_rate_limits, are_reported_with_place_path_and_remedy) { expect_problems(rows); }

} // namespace
} // namespace thalamus::config::rate_limits_problems_test
