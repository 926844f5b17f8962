// What is reported about services: every row is a file and the exact lines that it gives.

#include "tests/config/problem_rows.hpp"

namespace thalamus::config::services_problems_test {
namespace {

const std::vector<row> rows{
    {a_route + R"(services:
)",
     {R"(gateway.yaml:2:1: services: no value; give one, or leave the key out)"}},
    {a_route + R"(services: {a: {}}
)",
     {R"(gateway.yaml:2:15: services.a.targets: missing; as in targets: ["http://host:port"])"}},
    {with_targets(R"([])"),
     {R"(gateway.yaml:4:14: services.users.targets: no target; as in targets: ["http://host:port"])"}},
    {with_targets(R"(http://a)"),
     {R"(gateway.yaml:4:14: services.users.targets: expected a list, not one value; as in targets: ["http://host:port"])"}},
    {with_targets(R"(["https://a"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "https://a": https:// targets are not supported yet; use http:// in this version)"}},
    {with_targets(R"(["ftp://a"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "ftp://a": not an http URL; write http://host:port)"}},
    {with_targets(R"(["users:8000"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "users:8000": not a URL; write http://host:port)"}},
    {with_targets(R"(["http://a/v1"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "http://a/v1": a target URL cannot have a path; write http://host:port here and the path in the route's rewrite.path)"}},
    {with_targets(R"(["http://a?x"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "http://a?x": a target URL cannot have a query or fragment; write http://host:port)"}},
    {with_targets(R"(["http://u:p@a"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "http://***@a": a target URL cannot have a user or password; set an Authorization header with the route's request_headers)"}},
    {with_targets(R"(["http://a:0"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "http://a:0": not a port; a port is a number from 1 to 65535)"}},
    {with_targets(R"(["http://a:99999"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "http://a:99999": not a port; a port is a number from 1 to 65535)"}},
    {with_targets(R"(["http://bücher"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "http://bücher": a host name is ASCII; write international names as xn--...)"}},
    {with_targets(R"(["http://a b"])"),
     {R"(gateway.yaml:4:15: services.users.targets[0]: "http://a b": not a host name or address; as in example.com or [::1])"}},
    {with_targets(R"([{url: "http://a", weight: 0}])"),
     {R"(gateway.yaml:4:14: services.users.targets: no target has a weight above 0; give one of them a weight of 1 or more)"}},
    {with_targets(R"([{weight: 1}])"),
     {R"(gateway.yaml:4:15: services.users.targets[0].url: missing; as in url: http://host:port)"}},
    {with_targets(R"(["http://a", "http://A:80/"])"),
     {R"(gateway.yaml:4:27: services.users.targets[1]: "http://A:80/" is a duplicate target; increase its weight instead)"}},
    {a_route + R"(services: {"a b": {targets: ["http://a"]}}
)",
     {R"(gateway.yaml:2:12: services["a b"]: "a b" is not a valid name for a service; 1 to 64 letters, digits, "_", "." and "-")"}},
    {with_service_key(R"(hash_on: "header:")"),
     {R"(gateway.yaml:5:14: services.users.hash_on: "" is not a valid name; write header:NAME)"}},
    {with_service_key(R"(hash_on: client)"),
     {R"(gateway.yaml:5:14: services.users.hash_on: "client" is not a hash source; known: client_ip, header:NAME, cookie:NAME, path, principal)"}},
    {with_service_key(R"(host: "a/b")"),
     {R"(gateway.yaml:5:11: services.users.host: "a/b" is not a host; write preserve, target or a literal such as api.internal:8080)"}},
    {with_service_key(R"(health: {path: healthz})"),
     {R"(gateway.yaml:5:20: services.users.health.path: "healthz" is not a path; as in /healthz)"}},
    {with_service_key(R"(health: {status: [600, 399-200, ok]})"),
     {R"(gateway.yaml:5:23: services.users.health.status[0]: "600" is not a status code or a range of status codes; from 100 to 599, as in 204 or 200-399)",
      R"(gateway.yaml:5:28: services.users.health.status[1]: "399-200" is not a status code or a range of status codes; from 100 to 599, as in 204 or 200-399)",
      R"(gateway.yaml:5:37: services.users.health.status[2]: "ok" is not a status code or a range of status codes; from 100 to 599, as in 204 or 200-399)"}},
    {with_service_key(R"(health: {status: []})"),
     {R"(gateway.yaml:5:22: services.users.health.status: no status; as in [200-399])"}},
    {with_service_key(R"(retry: {on: [conect, 200, 503, never]})"),
     {R"(gateway.yaml:5:18: services.users.retry.on[0]: "conect" is not a retry condition; did you mean "connect"?)",
      R"(gateway.yaml:5:26: services.users.retry.on[1]: "200" is not a retry condition; only statuses from 400 to 599 can be retried)",
      R"(gateway.yaml:5:36: services.users.retry.on[3]: "never" is not a retry condition; known: connect, reset, timeout, statuses as in 503 or 502-504)"}},
    {with_service_key(R"(retry: {attempts: 0})"),
     {R"(gateway.yaml:5:23: services.users.retry.attempts: "0" is out of range; from 1 to 10)"}},
    {with_service_key(R"(retry: {methods: ["G T"]})"),
     {R"(gateway.yaml:5:23: services.users.retry.methods[0]: "G T" is not a method; as in GET)"}},
    {with_service_key(R"(retry: 3)"),
     {R"(gateway.yaml:5:12: services.users.retry: expected keys and values, not one value; write {} for the defaults, or off)"}},
    {with_service_key(R"(timout: 3s)"),
     {R"(gateway.yaml:5:5: services.users.timout: unknown key; did you mean "timeout"?)"}},
    {with_service_key(R"(tls: {}
protocol: http2
breaker: {}
concurrency: {}
hedge: {})"),
     {R"(gateway.yaml:5:5: services.users.tls: not supported yet; leave it out in this version)",
      R"(gateway.yaml:6:5: services.users.protocol: not supported yet; leave it out in this version)",
      R"(gateway.yaml:7:5: services.users.breaker: not supported yet; leave it out in this version)",
      R"(gateway.yaml:8:5: services.users.concurrency: not supported yet; leave it out in this version)",
      R"(gateway.yaml:9:5: services.users.hedge: not supported yet; leave it out in this version)"}},
};

TEST(problems_of_services, are_reported_with_place_path_and_remedy) { expect_problems(rows); }

} // namespace
} // namespace thalamus::config::services_problems_test
