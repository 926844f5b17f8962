// What is reported about node, listen, admin, trusted_proxies and unknown sections: every row is a
// file and the exact lines that it gives.

#include "tests/config/problem_rows.hpp"

namespace thalamus::config::gateway_problems_test {
namespace {

const std::vector<row> rows{
    {a_route + R"(service: {}
)",
     {R"(gateway.yaml:2:1: service: unknown key; did you mean "services"?)"}},
    {a_route + R"(foo: {}
)",
     {R"(gateway.yaml:2:1: foo: unknown key; known keys: node, listen, admin, trusted_proxies, limits, timeouts, log, cluster, store, rate_limits, consumers, auth, services, routes)"}},
    {a_route + R"(node: {name: "a b"}
)",
     {R"(gateway.yaml:2:14: node.name: "a b" is not a valid name for a node; 1 to 64 letters, digits, "_", "." and "-")"}},
    {a_route + R"(node: {reactors: 0}
)",
     {R"(gateway.yaml:2:18: node.reactors: "0" is out of range; auto, or from 1 to 256)"}},
    {a_route + R"(node: {reactors: many}
)",
     {R"(gateway.yaml:2:18: node.reactors: "many" is not a whole number; auto, or from 1 to 256)"}},
    {a_route + R"(listen: []
)",
     {R"(gateway.yaml:2:9: listen: no listener; as in [{bind: "0.0.0.0:8080"}])"}},
    {a_route + R"(listen: [{}]
)",
     {R"(gateway.yaml:2:10: listen[0].bind: missing; as in bind: 0.0.0.0:8080)"}},
    {a_route + R"(listen: ["0.0.0.0:8080"]
)",
     {R"(gateway.yaml:2:10: listen[0]: expected keys and values, not one value; as in {bind: "0.0.0.0:8080"})"}},
    {a_route + R"(listen: [{bind: ":8080"}]
)",
     {R"(gateway.yaml:2:17: listen[0].bind: ":8080": no host before the port; write 0.0.0.0:8080 for every IPv4 address or [::]:8080 for every address)"}},
    {a_route + R"(listen: [{bind: "example.com:80"}]
)",
     {R"(gateway.yaml:2:17: listen[0].bind: "example.com:80": a bind address must be an IP address; as in 0.0.0.0:8080, 127.0.0.1:8080 or [::1]:8080)"}},
    {a_route + R"(listen: [{bind: 0.0.0.0}]
)",
     {R"(gateway.yaml:2:17: listen[0].bind: "0.0.0.0": no port; write host:port, as in 0.0.0.0:8080)"}},
    {a_route + R"(listen: [{bind: "::1"}]
)",
     {R"(gateway.yaml:2:17: listen[0].bind: "::1": an IPv6 address needs brackets here; write "[::1]:8080")"}},
    {a_route + R"(listen: [{bind: "0.0.0.0:70000"}]
)",
     {R"(gateway.yaml:2:17: listen[0].bind: "0.0.0.0:70000": not a port; a port is a number from 1 to 65535)"}},
    {a_route + R"(listen: [{bind: "0.0.0.0:80"}, {bind: "127.0.0.1:80"}]
)",
     {R"(gateway.yaml:2:32: listen[1]: 127.0.0.1:80 is taken by the listener 0.0.0.0:80; give each its own port)"}},
    {a_route + R"(listen: [{bind: "0.0.0.0:8443", tls: {}, http2: true}]
)",
     {R"(gateway.yaml:2:33: listen[0].tls: not supported yet; leave it out in this version)",
      R"(gateway.yaml:2:42: listen[0].http2: not supported yet; leave it out in this version)"}},
    {a_route + R"(admin: {bind: "0.0.0.0:9901"}
)",
     {R"(gateway.yaml:2:8: admin: the admin port needs a token on 0.0.0.0:9901; set token to at least 16 characters, or bind to 127.0.0.1:9901)"}},
    {a_route + R"(admin: {bind: "0.0.0.0:9901", token: short}
)",
     {R"(gateway.yaml:2:38: admin.token: the admin port needs a token on 0.0.0.0:9901; set token to at least 16 characters, or bind to 127.0.0.1:9901)"}},
    {a_route + R"(admin: {token: "a b"}
)",
     {R"(gateway.yaml:2:16: admin.token: the token contains characters that a header cannot carry; use visible ASCII characters without spaces)"}},
    {a_route + R"(admin: {bind: "127.0.0.1:8080"}
)",
     {R"(gateway.yaml:2:8: admin: 127.0.0.1:8080 is taken by the listener 0.0.0.0:8080; give the admin port its own port: clients must not reach it)"}},
    {a_route + R"(admin: off
)",
     {R"(gateway.yaml:2:8: admin: the admin port cannot be switched off; leave it on a loopback address)"}},
    {a_route + R"(listen: [{bind: "0.0.0.0:9901"}]
)",
     {R"(gateway.yaml:1:1: admin: 127.0.0.1:9901 is taken by the listener 0.0.0.0:9901; give the admin port its own port: clients must not reach it)"}},
    {a_route + R"(trusted_proxies: [10.0.0.1/8, 10.0.0.0/33, nonsense, "2001:db8::1/32", 10.0.0.1]
)",
     {R"(gateway.yaml:2:19: trusted_proxies[0]: "10.0.0.1/8": host bits are set; write 10.0.0.0/8)",
      R"(gateway.yaml:2:31: trusted_proxies[1]: "10.0.0.0/33": not a prefix length; the number after the slash must be from 0 to 32)",
      R"(gateway.yaml:2:44: trusted_proxies[2]: "nonsense": not an address range; as in 10.0.0.0/8, 192.0.2.1 or 2001:db8::/32)",
      R"(gateway.yaml:2:54: trusted_proxies[3]: "2001:db8::1/32": host bits are set; write 2001:db8::/32)"}},
};

TEST(problems_of_gateway, are_reported_with_place_path_and_remedy) { expect_problems(rows); }

} // namespace
} // namespace thalamus::config::gateway_problems_test
