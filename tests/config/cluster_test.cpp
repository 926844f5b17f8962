// The section cluster, and which of a node's own settings leave the version as it is.

#include "config/addresses.hpp"
#include "tests/config/cluster_files.hpp"
#include "tests/config/problem_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace thalamus::config::cluster_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;

const std::string local = a_route + "cluster: {bind: \"127.0.0.1:7946\"}\n";

TEST(cluster, is_off_unless_it_is_there) {
    EXPECT_FALSE(must_load(a_route)->cluster);
    EXPECT_FALSE(must_load(a_route + "cluster: off\n")->cluster);
    EXPECT_EQ(json::parse(must_load(a_route)->effective)["cluster"], "off");
}

TEST(cluster, has_defaults_and_needs_no_seeds_and_no_tls_on_loopback) {
    for (const auto* bind : {"127.0.0.1:7946", "localhost:7946", "127.8.9.1:7946"})
        EXPECT_TRUE(must_load(a_route + "cluster: {bind: \"" + bind + "\", seeds: []}\n")->cluster);
    const auto cluster = must_load(local)->cluster;
    ASSERT_TRUE(cluster);
    EXPECT_EQ(cluster->bind.host, "127.0.0.1");
    EXPECT_EQ(cluster->bind.port, 7946);
    EXPECT_TRUE(cluster->seeds.empty());
    EXPECT_FALSE(cluster->tls);
    EXPECT_EQ(cluster->heartbeat, 500ms);
    EXPECT_EQ(cluster->suspect_after, 2s);
    EXPECT_EQ(cluster->dead_after, 6s);
}

TEST(cluster, listens_everywhere_by_default_with_tls) {
    const auto cluster = must_load(with_files("tls: " + tls_block))->cluster;
    EXPECT_EQ(to_text(cluster->bind), "0.0.0.0:7946");
    EXPECT_EQ(cluster->tls->certificate, "node.pem");
    EXPECT_EQ(cluster->tls->key, "node.key");
    EXPECT_EQ(cluster->tls->ca, "ca.pem");
}

TEST(cluster, finds_files_beside_the_file_that_names_them) {
    memory outside{
        {{"etc/gateway.yaml", a_route + "include: [more/cluster.yaml]\n"},
         {"etc/more/cluster.yaml",
          "cluster: {tls: {certificate: node.pem, key: /run/node.key, ca: ../ca.pem}}\n"},
         {"etc/more/node.pem", certificate},
         {"/run/node.key", key},
         {"etc/more/../ca.pem", certificate}},
        {}};
    const auto value = outside.load("etc/gateway.yaml").value;
    ASSERT_TRUE(value);
    EXPECT_EQ(value->cluster->tls->certificate, "etc/more/node.pem");
    EXPECT_EQ(value->cluster->tls->key, "/run/node.key");
    EXPECT_EQ(value->cluster->tls->ca, "etc/more/../ca.pem");
}

TEST(cluster, takes_seeds_with_the_port_of_clusters_unless_they_have_their_own) {
    const auto seeds = must_load(a_route + "cluster: {bind: \"[::1]:7946\", seeds: [gateway, "
                                           "\"n2.internal:7000\", \"10.0.0.1:7946\", \"[::1]\"]}\n")
                           ->cluster->seeds;
    std::vector<std::string> texts;
    for (const auto& seed : seeds) texts.push_back(to_text(seed));
    EXPECT_THAT(texts,
                ElementsAre("gateway:7946", "n2.internal:7000", "10.0.0.1:7946", "[::1]:7946"));
}

TEST(cluster, is_shown_in_the_shape_of_the_file) {
    auto outside = with_files("");
    outside.files["gateway.yaml"] =
        a_service +
        "routes: [{match: {path: /}, service: users}]\ncluster: {seeds: "
        "[gateway:7946], heartbeat: 100ms, suspect_after: 1s, dead_after: 3s, tls: " +
        tls_block + "}\n";
    const auto value = must_load(outside);
    EXPECT_EQ(json::parse(value->effective)["cluster"],
              json::parse(R"({"bind": "0.0.0.0:7946", "seeds": ["gateway:7946"],
                              "tls": {"certificate": "node.pem", "key": "node.key", "ca": "ca.pem"},
                              "heartbeat": "100ms", "suspect_after": "1s", "dead_after": "3s"})"));
    outside.files["gateway.yaml"] = value->effective;
    const auto again = must_load(outside);
    EXPECT_EQ(again->effective, value->effective);
    EXPECT_EQ(again->version, value->version);
}

TEST(version, is_the_same_on_all_nodes_of_a_cluster) {
    const auto version = [](const std::string& own, const std::string& name) {
        auto outside = with_files("");
        outside.files["gateway.yaml"] =
            own + "services: {users: {targets: ['http://a']}}\n"
                  "routes:\n"
                  "  - match: {path: /}\n"
                  "    service: users\n"
                  "    response_headers: {set: {X-Node: \"node ${HOSTNAME:-none}\"}}\n";
        if (!name.empty()) outside.variables["HOSTNAME"] = name;
        return must_load(outside)->version;
    };
    const auto own = [](const std::string& port, const std::string& seeds) {
        return "node: {reactors: " + port.substr(0, 1) + "}\nlisten: [{bind: \"127.0.0.1:" + port +
               "1\"}]\nadmin: {bind: \"127.0.0.1:" + port +
               "2\"}\ncluster: {bind: \"127.0.0.1:" + port + "3\", seeds: [" + seeds +
               "], tls: " + tls_block + "}\n";
    };
    const auto first = version(own("1000", ""), "n1");
    EXPECT_EQ(first, version(own("2000", "\"n1:7946\""), "n2"));
    EXPECT_EQ(first, version(own("2000", ""), "")) << "no HOSTNAME";
    EXPECT_NE(first, version("cluster: off\n", "n1"));
}

TEST(version, counts_what_nodes_must_agree_on) {
    const auto version = [](const std::string& yaml) { return must_load(yaml)->version; };
    const auto limits = [&](const std::string& rate) {
        return version(local + "rate_limits: {a: {rate: " + rate + "}}\n");
    };
    EXPECT_NE(version(local), version(a_route + "cluster: {bind: \"127.0.0.1:7946\", heartbeat: "
                                                "400ms}\n"));
    EXPECT_NE(limits("10/s"), limits("11/s"));
    EXPECT_EQ(limits("60/min"), limits("60/60s"));
    EXPECT_NE(version(local), version(local + "store: {prefix: \"other:\"}\n"));
    EXPECT_NE(version(local + "store: {redis: \"redis://u:a@h\"}\n"),
              version(local + "store: {redis: \"redis://u:b@h\"}\n"));
}

} // namespace
} // namespace thalamus::config::cluster_test
