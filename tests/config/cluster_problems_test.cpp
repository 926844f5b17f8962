// What is reported about cluster: every row is its members and the exact lines that they give.

#include "tests/config/cluster_files.hpp"

namespace thalamus::config::cluster_problems_test {
namespace {

const std::vector<row> rows{
    {"",
     {R"(gateway.yaml:2:10: cluster: the cluster port needs tls on 0.0.0.0:7946; make certificates with "thalamus certs DIR NODE..." and name them under tls, or bind to 127.0.0.1:7946)"}},
    {R"(bind: "[::]:7000", tls: off)",
     {R"(gateway.yaml:2:35: cluster.tls: the cluster port needs tls on [::]:7000; make certificates with "thalamus certs DIR NODE..." and name them under tls, or bind to 127.0.0.1:7000)"}},
    {R"(bind: gateway:7946)",
     {R"(gateway.yaml:2:17: cluster.bind: "gateway:7946": a bind address must be an IP address; as in 0.0.0.0:8080, 127.0.0.1:8080 or [::1]:8080)"}},
    {R"(bind: 127.0.0.1)",
     {R"(gateway.yaml:2:17: cluster.bind: "127.0.0.1": no port; write host:port, as in 0.0.0.0:8080)"}},
    {R"(bind: "127.0.0.1:8080")",
     {R"(gateway.yaml:2:17: cluster.bind: 127.0.0.1:8080 is taken by the listener 0.0.0.0:8080; give the cluster its own port)"}},
    {R"(bind: "127.0.0.1:9901")",
     {R"(gateway.yaml:2:17: cluster.bind: 127.0.0.1:9901 is taken by the admin port 127.0.0.1:9901; give the cluster its own port)"}},
    {R"(bind: "127.0.0.1:1", seeds: n1)",
     {R"(gateway.yaml:2:39: cluster.seeds: expected a list, not one value; as in ["gateway:7946"])"}},
    {R"(bind: "127.0.0.1:1", seeds: ["a b", "n1:x", "::1", "n1:0", "0.0.0.0:7946", "u:hunter2@n1:1"])",
     {R"(gateway.yaml:2:40: cluster.seeds[0]: "a b": not a host name or address; as in example.com or [::1])",
      R"(gateway.yaml:2:47: cluster.seeds[1]: "n1:x": not a port; a port is a number from 1 to 65535)",
      R"(gateway.yaml:2:55: cluster.seeds[2]: "::1": an IPv6 address needs brackets here; write "[::1]:7946")",
      R"(gateway.yaml:2:62: cluster.seeds[3]: "n1:0" is not an address to connect to; as in host:7946)",
      R"(gateway.yaml:2:70: cluster.seeds[4]: "0.0.0.0:7946" is not an address to connect to; as in host:7946)",
      R"(gateway.yaml:2:86: cluster.seeds[5]: an address cannot contain a user or password; as in host:7946)"}},
    {R"(tls: {})",
     {R"(gateway.yaml:2:16: cluster.tls.certificate: missing; tls needs certificate, key and ca; "thalamus certs" creates them)",
      R"(gateway.yaml:2:16: cluster.tls.key: missing; tls needs certificate, key and ca; "thalamus certs" creates them)",
      R"(gateway.yaml:2:16: cluster.tls.ca: missing; tls needs certificate, key and ca; "thalamus certs" creates them)"}},
    {R"(tls: {certificate: node.pem, key: node.key})",
     {R"(gateway.yaml:2:16: cluster.tls.ca: missing; tls needs certificate, key and ca; "thalamus certs" creates them)"}},
    {R"(bind: "127.0.0.1:1", tls: {certificate: none.pem, key: node.pem, ca: node.key, cert: x})",
     {R"(gateway.yaml:2:51: cluster.tls.certificate: the file "none.pem" cannot be read; a relative path starts at the folder of this configuration file)",
      R"(gateway.yaml:2:66: cluster.tls.key: the file "node.pem" contains no private key; name a PEM file that contains "BEGIN PRIVATE KEY")",
      R"(gateway.yaml:2:80: cluster.tls.ca: the file "node.key" contains no certificate; name a PEM file that contains "BEGIN CERTIFICATE")",
      R"(gateway.yaml:2:90: cluster.tls.cert: unknown key; known keys: certificate, key, ca)"}},
    {R"(tls: true)",
     {R"(gateway.yaml:2:16: cluster.tls: expected keys and values, not one value; as in tls: {certificate: node.pem, key: node.key, ca: ca.pem})"}},
    {R"(bind: "127.0.0.1:1", heartbeat: 49ms)",
     {R"(gateway.yaml:2:43: cluster.heartbeat: "49ms" is out of range; from 50ms to 720h)"}},
    {R"(bind: "127.0.0.1:1", heartbeat: 1001ms)",
     {R"(gateway.yaml:2:43: cluster.heartbeat: suspect_after (2s) is less than two heartbeats of 1001ms; one lost heartbeat is not a failure: set suspect_after to at least 2002ms)"}},
    {R"(bind: "127.0.0.1:1", suspect_after: 999ms)",
     {R"(gateway.yaml:2:47: cluster.suspect_after: suspect_after (999ms) is less than two heartbeats of 500ms; one lost heartbeat is not a failure: set suspect_after to at least 1s)"}},
    {R"(bind: "127.0.0.1:1", suspect_after: 2s, dead_after: 2s)",
     {R"(gateway.yaml:2:63: cluster.dead_after: dead_after (2s) is not greater than suspect_after (2s); a suspect needs time to respond: as in dead_after: 6s)"}},
    {R"(bind: "127.0.0.1:1", suspect_after: 6s)",
     {R"(gateway.yaml:2:47: cluster.suspect_after: dead_after (6s) is not greater than suspect_after (6s); a suspect needs time to respond: as in dead_after: 18s)"}},
    {R"(bind: "127.0.0.1:1", seed: [a], foo: 1)",
     {R"(gateway.yaml:2:32: cluster.seed: unknown key; did you mean "seeds"?)",
      R"(gateway.yaml:2:43: cluster.foo: unknown key; known keys: bind, seeds, tls, heartbeat, suspect_after, dead_after)"}},
};

TEST(problems_of_cluster, are_reported_with_place_path_and_remedy) {
    for (const auto& [members, problems] : rows)
        EXPECT_EQ(listed(problems_of(with_files(members))), listed(problems)) << members;
    expect_problems(
        {{a_route + "cluster: [a]\n",
          {R"(gateway.yaml:2:10: cluster: expected keys and values, not a list; as in cluster: {seeds: ["gateway:7946"]})"}}});
}

TEST(problems_of_cluster, are_none_at_the_least_times_that_are_allowed) {
    EXPECT_TRUE(must_load(a_route + "cluster: {bind: \"127.0.0.1:0\", heartbeat: 50ms, "
                                    "suspect_after: 100ms, dead_after: 101ms}\n"));
}

} // namespace
} // namespace thalamus::config::cluster_problems_test
