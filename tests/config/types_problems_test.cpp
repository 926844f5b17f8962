// What is reported about values of the wrong type or out of range: every row is a file and the
// exact lines that it gives.

#include "tests/config/problem_rows.hpp"

namespace thalamus::config::types_problems_test {
namespace {

const std::vector<row> rows{
    {a_route + R"(limits: 5
)",
     {R"(gateway.yaml:2:9: limits: expected keys and values, not one value; as in {key: value})"}},
    {a_route + R"(limits: [a]
)",
     {R"(gateway.yaml:2:9: limits: expected keys and values, not a list; as in {key: value})"}},
    {a_route + R"(limits:
)",
     {R"(gateway.yaml:2:1: limits: no value; give one, or leave the key out)"}},
    {a_route + R"(trusted_proxies: 10.0.0.0/8
)",
     {R"(gateway.yaml:2:18: trusted_proxies: expected a list, not one value; as in [10.0.0.0/8])"}},
    {a_route + R"(log: {level: [info]}
)",
     {R"(gateway.yaml:2:14: log.level: expected one of trace, debug, info, warn, error, off, not a list; write one value)"}},
    {a_route + R"(limits: {header_count: "5"}
)",
     {R"(gateway.yaml:2:24: limits.header_count: "5" is text, not a number; write it without quotes)"}},
    {a_route + R"(limits: {header_count: five}
)",
     {R"(gateway.yaml:2:24: limits.header_count: "five" is not a whole number; from 1 to 10000)"}},
    {a_route + R"(limits: {header_count: 22:22}
)",
     {R"(gateway.yaml:2:24: limits.header_count: "22:22" is not a whole number; from 1 to 10000)"}},
    {a_route + R"(limits: {header_count: 0}
)",
     {R"(gateway.yaml:2:24: limits.header_count: "0" is out of range; from 1 to 10000)"}},
    {a_route + R"(limits: {header_count: -1}
)",
     {R"(gateway.yaml:2:24: limits.header_count: "-1" is out of range; from 1 to 10000)"}},
    {a_route + R"(limits: {header_count: 99999999999999999999}
)",
     {R"(gateway.yaml:2:24: limits.header_count: "99999999999999999999" is not a whole number; from 1 to 10000)"}},
    {a_route + R"(limits: {header_count: 1.5}
)",
     {R"(gateway.yaml:2:24: limits.header_count: "1.5" is not a whole number; from 1 to 10000)"}},
    {a_route + R"(limits: {body: 1MB}
)",
     {R"(gateway.yaml:2:16: limits.body: "1MB" is not a size; as in 16KiB, 1MiB, 2GiB or a number of bytes)"}},
    {a_route + R"(limits: {header_bytes: 1}
)",
     {R"(gateway.yaml:2:24: limits.header_bytes: "1" is out of range; from 1KiB to 1MiB)"}},
    {a_route + R"(limits: {body: -1}
)",
     {R"(gateway.yaml:2:16: limits.body: "-1" is not a size; as in 16KiB, 1MiB, 2GiB or a number of bytes)"}},
    {a_route + R"(timeouts: {idle: 10}
)",
     {R"(gateway.yaml:2:18: timeouts.idle: "10" is not a duration; as in 250ms, 2s, 5m or 1h)"}},
    {a_route + R"(timeouts: {idle: 0s}
)",
     {R"(gateway.yaml:2:18: timeouts.idle: "0s" is out of range; from 1ms to 720h)"}},
    {a_route + R"(timeouts: {idle: 1000h}
)",
     {R"(gateway.yaml:2:18: timeouts.idle: "1000h" is out of range; from 1ms to 720h)"}},
    {a_route + R"(timeouts: {idle: 1m30s}
)",
     {R"(gateway.yaml:2:18: timeouts.idle: "1m30s" is not a duration; as in 250ms, 2s, 5m or 1h)"}},
    {with_service_key(R"(connections: {per_target: "false"})"),
     {R"(gateway.yaml:5:31: services.users.connections.per_target: "false" is not true or false; write false without quotes)"}},
    {with_service_key(R"(connections: {per_target: yes})"),
     {R"(gateway.yaml:5:31: services.users.connections.per_target: "yes" is not true or false; write true or false)"}},
    {with_service_key(R"(retry: {budget: 20})"),
     {R"(gateway.yaml:5:21: services.users.retry.budget: "20" is not a percentage; from 0% to 100%, as in 20%)"}},
    {with_service_key(R"(retry: {budget: 101%})"),
     {R"(gateway.yaml:5:21: services.users.retry.budget: "101%" is not a percentage; from 0% to 100%, as in 20%)"}},
    {with_service_key(R"(balance: roundrobin)"),
     {R"(gateway.yaml:5:14: services.users.balance: "roundrobin" is not a known value; did you mean "round_robin"? known: least_requests, round_robin, hash)"}},
    {with_service_key(R"(balance: best)"),
     {R"(gateway.yaml:5:14: services.users.balance: "best" is not a known value; known: least_requests, round_robin, hash)"}},
    {a_route + R"(log: {level: inf}
)",
     {R"(gateway.yaml:2:14: log.level: "inf" is not a known value; did you mean "info"? known: trace, debug, info, warn, error, off)"}},
    {a_route + R"(limits: off
)",
     {R"(gateway.yaml:2:9: limits: expected keys and values, not one value; as in {key: value})"}},
    {a_route + R"(log: {level: }
)",
     {R"(gateway.yaml:2:7: log.level: no value; give one, or leave the key out)"}},
    {with_service_key(R"(health: true)"),
     {R"(gateway.yaml:5:13: services.users.health: expected keys and values, not one value; write {} for the defaults, or off)"}},
};

TEST(problems_of_types, are_reported_with_place_path_and_remedy) { expect_problems(rows); }

} // namespace
} // namespace thalamus::config::types_problems_test
