// The effective configuration byte for byte, and its version: NAME.yaml in tests/config/effective
// gives NAME.json. Users see it when the version of an unchanged file changes: they compare the
// versions of the nodes of a cluster.

#include "tests/config/support.hpp"
#include "tests/support/paths.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace thalamus::config::effective_test {
namespace {

using json = nlohmann::ordered_json;

std::string text_of(const std::string& name) {
    std::ifstream in(test::source_path("tests/config/effective/" + name));
    EXPECT_TRUE(in) << name;
    return (std::ostringstream() << in.rdbuf()).str();
}

class effective_files : public testing::TestWithParam<const char*> {};

TEST_P(effective_files, are_shown_as_before_with_the_same_version) {
    const std::string name = GetParam();
    const auto value = must_load(memory{{{"gateway.yaml", text_of(name + ".yaml")},
                                         {"node.pem", "-----BEGIN CERTIFICATE-----"},
                                         {"node.key", "-----BEGIN PRIVATE KEY-----"},
                                         {"ca.pem", "-----BEGIN CERTIFICATE-----"},
                                         {"keys.jwks", "{\"keys\": []}"},
                                         {"secret", "correct horse\n"},
                                         {"page.html", "<p>page</p>"},
                                         {"large.txt", std::string(5000, 'x')},
                                         {"picture.png", "\x89PNG\xFF"}},
                                        {{"HOSTNAME", "web-1"}}});
    const auto expected = json::parse(text_of(name + ".json"));
    EXPECT_EQ(value->effective, expected["effective"].dump())
        << json{{"version", value->version}, {"effective", json::parse(value->effective)}}.dump(2);
    EXPECT_EQ(value->version, expected["version"]);
}

INSTANTIATE_TEST_SUITE_P(files, effective_files,
                         testing::Values("every_key", "defaults", "sentinels", "redis_cluster",
                                         "off"),
                         [](const auto& test) { return std::string(test.param); });

} // namespace
} // namespace thalamus::config::effective_test
