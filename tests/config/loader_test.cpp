// The load as a whole: defaults, refusal of what comes later, secrets, versions, odd input.

#include "tests/config/problem_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <random>

namespace thalamus::config::loader_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST(loader, has_a_default_for_everything_but_routes) {
    const auto value = must_load(a_route);
    EXPECT_EQ(value->node.name, "node-1");
    EXPECT_EQ(value->listen.at(0).bind.port, 8080);
    EXPECT_TRUE(value->services.empty());
    EXPECT_EQ(value->routes.size(), 1u);
}

TEST(loader, takes_the_name_of_the_machine_for_the_node) {
    EXPECT_EQ(must_load(memory{{{"gateway.yaml", a_route}}, {{"HOSTNAME", "web-1"}}})->node.name,
              "web-1");
    EXPECT_EQ(must_load(memory{{{"gateway.yaml", a_route}}, {{"HOSTNAME", "a b"}}})->node.name,
              "node-1");
}

TEST(loader, refuses_every_key_of_later_versions_by_name) {
    EXPECT_THAT(
        problems_of(a_route + "auth:\n  a: {api_key: {}, client_certificate: {}}\n"),
        testing::Contains(testing::EndsWith(
            ": auth.a.client_certificate: not supported yet; leave it out in this version")));
    for (const auto* key : {"tls", "protocol", "breaker", "concurrency", "hedge"})
        EXPECT_THAT(problems_of(with_service_key(key + std::string(": {}"))),
                    testing::ElementsAre("gateway.yaml:5:5: services.users." + std::string(key) +
                                         ": not supported yet; leave it out in this version"));
    for (const auto* key : {"priority", "cache", "fallback", "aggregate", "mirror"})
        EXPECT_THAT(problems_of(with_route_key(key + std::string(": {}"))),
                    testing::ElementsAre("gateway.yaml:5:5: routes[0]." + std::string(key) +
                                         ": not supported yet; leave it out in this version"));
}

TEST(loader, reports_everything_in_one_run_in_order) {
    const auto problems =
        problems_of("log: {level: loud}\nservices:\n  a: {targets: [x], hedge: {}}\n"
                    "routes:\n  - {match: {pth: /}, service: b}\n  - 5\nfoo: bar\n");
    std::vector<std::string> lines;
    for (const auto& problem : problems)
        lines.push_back(problem.substr(13, problem.find(':', 13) - 13));
    EXPECT_THAT(lines, testing::ElementsAre("1", "3", "3", "5", "5", "6", "6", "7"))
        << listed(problems);
}

TEST(loader, port_0_takes_any_free_port_and_never_collides) {
    const auto value =
        must_load(a_route + "listen: [{bind: \"127.0.0.1:0\"}, {bind: \"127.0.0.1:0\"}]\n"
                            "admin: {bind: \"localhost:0\"}\n");
    EXPECT_EQ(value->listen.size(), 2u);
    EXPECT_EQ(value->admin.bind.host, "127.0.0.1");
}

TEST(loader, takes_an_admin_token_where_one_is_needed) {
    const auto value =
        must_load(a_route + "admin: {bind: \"0.0.0.0:9901\", token: 0123456789abcdef}\n");
    EXPECT_EQ(value->admin.token, "0123456789abcdef");
}

TEST(effective, masks_secrets) {
    memory outside{{{"gateway.yaml", a_service + R"(
admin: {token: 0123456789abcdef}
node: {name: "${file:short}"}
routes:
  - match: {path: /a, headers: {X-Key: "${file:key}"}}
    service: users
    request_headers:
      set: {Authorization: "Bearer abc", X-Plain: visible, X-Mixed: "a ${file:key} b"}
      add: {X-Api-Key: [one, two]}
    response_headers: {set: {Set-Cookie: shown=1}}
  - match: {path: /b}
    redirect: {to: "https://user:pass@example.com/"}
)"},
                    {"key", "correct horse\n"},
                    {"short", "n1\n"}},
                   {}};
    const auto effective = must_load(outside)->effective;
    for (const auto* secret :
         {"0123456789abcdef", "correct horse", "Bearer abc", "one", "user:pass", "n1"})
        EXPECT_THAT(effective, Not(HasSubstr(secret)));
    const auto shown = json::parse(effective);
    EXPECT_EQ(shown["admin"]["token"], "***");
    EXPECT_EQ(shown["node"]["name"], "***");
    const auto& route = shown["routes"][0];
    EXPECT_EQ(route["match"]["headers"]["x-key"], "***");
    EXPECT_EQ(route["request_headers"]["set"]["X-Plain"], "visible");
    EXPECT_EQ(route["request_headers"]["set"]["X-Mixed"], "***");
    EXPECT_EQ(route["response_headers"]["set"]["Set-Cookie"], "shown=1");
    EXPECT_EQ(shown["routes"][1]["redirect"]["to"], "https://***@example.com/");
}

TEST(effective, leaves_out_long_bodies) {
    const auto value = must_load(
        "routes: [{match: {path: /}, respond: {text: " + std::string(5000, 'x') + "}}]\n");
    const auto answer = json::parse(value->effective)["routes"][0]["respond"];
    EXPECT_EQ(answer["body_bytes"], 5000);
    EXPECT_FALSE(answer.contains("text"));
}

TEST(version, is_the_same_for_the_same_meaning) {
    const auto version = [](const std::string& yaml) { return must_load(yaml)->version; };
    const auto first = version(a_route);
    EXPECT_TRUE(first.size() == 12 && first.find_first_not_of("0123456789abcdef") == first.npos)
        << first;
    EXPECT_EQ(first, version("# comment\n" + a_route + "limits: {body: 1024KiB}\n"));
    EXPECT_EQ(first, version(a_route + "node: {name: other, reactors: 3}\n")) << "equal nodes";
    EXPECT_NE(first, version(a_route + "limits: {body: 1025KiB}\n"));
    EXPECT_NE(version(a_route + "admin: {token: a}\n"), version(a_route + "admin: {token: b}\n"));
}

TEST(version, counts_bodies_that_are_not_shown) {
    const auto version = [](char c) {
        return must_load("routes: [{match: {path: /}, respond: {text: " + std::string(5000, c) +
                         "}}]\n")
            ->version;
    };
    EXPECT_NE(version('x'), version('y'));
}

TEST(problems, are_listed_as_json) {
    const memory outside{{{"gateway.yaml", with_match("{pth: /a}")}}, {}};
    EXPECT_EQ(
        json::parse(to_json(outside.load().problems)),
        json::parse(
            R"([{"file": "gateway.yaml", "line": 3, "column": 13, "path": "routes[0].match.pth",
                               "message": "unknown key", "hint": "did you mean \"path\"?"}])"));
    EXPECT_EQ(to_json({}), "[]");
}

TEST(problems, stay_on_one_line_whatever_they_quote) {
    EXPECT_THAT(problems_of(with_action("redirect: {to: \"/{a\\nb}\"}")),
                testing::ElementsAre(HasSubstr(": {a\\x0ab} is not a template")));
}

/// Whatever is done to a good file, load() answers with a snapshot or with problems.
TEST(loader, survives_garbage) {
    std::mt19937 random(1);
    const std::string good =
        with_route_key("rewrite: {path: \"/{id}/${X:-y}\"}\ncors: {origins: [\"*\"]}");
    const std::string marks = "{}[]:,&*!|>'\"%@`#-?~ \n\t$\\/0a\xC3\xA9";
    for (int i = 0; i < 2000; ++i) {
        auto text = good;
        for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
            const auto at = random() % text.size();
            switch (random() % 3) {
            case 0: text[at] = marks[random() % marks.size()]; break;
            case 1: text.insert(at, 1, marks[random() % marks.size()]); break;
            default: text.erase(at, 1 + random() % 8);
            }
        }
        const auto result = memory{{{"gateway.yaml", text}}, {}}.load();
        EXPECT_EQ(result.value == nullptr, !result.problems.empty()) << text;
        for (const auto& problem : result.problems) {
            EXPECT_GE(problem.line, 1) << text;
            EXPECT_GE(problem.column, 1) << text;
            EXPECT_FALSE(problem.message.empty()) << text;
            EXPECT_FALSE(problem.hint.empty()) << problem.to_string();
            EXPECT_EQ(problem.to_string().find('\n'), std::string::npos) << text;
        }
    }
}

TEST(environment, reads_files_variables_and_globs_of_the_process) {
    const std::string folder = testing::TempDir();
    const auto name = folder + "thalamus-config-test.yaml";
    std::ofstream(name) << "text";
    const auto env = environment::of_process();
    EXPECT_EQ(env.read_file(name), "text");
    EXPECT_FALSE(env.read_file(folder));
    EXPECT_FALSE(env.read_file(folder + "thalamus-none"));
    EXPECT_THAT(env.glob(folder + "thalamus-config-t*.yaml"), testing::ElementsAre(name));
    EXPECT_FALSE(env.variable("THALAMUS_NONE"));
    EXPECT_TRUE(env.variable("PATH"));
    EXPECT_GE(env.cores, 1u);
    EXPECT_EQ(env.read_file("/dev/zero")->size() > (16u << 20), true) << "bounded";
    std::remove(name.c_str());
}

} // namespace
} // namespace thalamus::config::loader_test
