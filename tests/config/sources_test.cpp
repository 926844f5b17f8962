// From files to one tree: substitution, includes, aliases, and bounds on all of them.

#include "tests/config/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalamus::config::sources_test {
namespace {

using testing::ElementsAre;

std::string answer(const std::string& text) {
    return "routes:\n  - match: {path: /}\n    respond:\n      text: " + text + "\n";
}

std::string body_of(const memory& outside) {
    return std::get<respond_action>(must_load(outside)->routes[0].action).body;
}

std::string body_of(const std::string& text, std::map<std::string, std::string> variables = {}) {
    return body_of(memory{{{"gateway.yaml", answer(text)}}, std::move(variables)});
}

TEST(substitution, takes_environment_variables) {
    EXPECT_EQ(body_of("a ${X} b ${X}", {{"X", "1"}}), "a 1 b 1");
    EXPECT_EQ(body_of("${X:-default}", {{"X", "set"}}), "set");
}

TEST(substitution, takes_the_default_for_unset_and_empty) {
    EXPECT_EQ(body_of("${X:-a b}"), "a b");
    EXPECT_EQ(body_of("${X:-a b}", {{"X", ""}}), "a b");
    EXPECT_EQ(body_of("'<${X:-}>'"), "<>");
    EXPECT_EQ(body_of("'<${X}>'", {{"X", ""}}), "<>");
}

TEST(substitution, happens_once) {
    EXPECT_EQ(body_of("${X}", {{"X", "${Y} $${Y}"}, {"Y", "no"}}), "${Y} $${Y}");
}

TEST(substitution, brings_no_yaml_structure) {
    EXPECT_EQ(body_of("${X}", {{"X", "a: [b, {c: d}] # e\nf: g"}}), "a: [b, {c: d}] # e\nf: g");
}

TEST(substitution, keeps_other_dollars) {
    EXPECT_EQ(body_of("'$5 $X $$ $'"), "$5 $X $$ $");
    EXPECT_EQ(body_of("'$${X} $$$${X}'"), "${X} $$${X}");
}

TEST(substitution, types_a_plain_scalar_as_if_written_and_a_quoted_one_as_text) {
    memory outside{{{"gateway.yaml", answer("x") + "limits:\n  header_count: ${N}\n"}},
                   {{"N", "7"}}};
    EXPECT_EQ(must_load(outside)->limits.header_count, 7u);
    outside.files["gateway.yaml"] = answer("x") + "limits:\n  header_count: \"${N}\"\n";
    EXPECT_THAT(problems_of(outside),
                ElementsAre("gateway.yaml:6:17: limits.header_count: \"7\" is text, not a number; "
                            "write it without quotes"));
}

TEST(substitution, works_in_keys) {
    memory outside{
        {{"gateway.yaml", answer("x") + "services:\n  ${NAME}:\n    targets: ['http://a']\n"}},
        {{"NAME", "users"}}};
    EXPECT_EQ(must_load(outside)->services[0].name, "users");
}

TEST(substitution, reads_files_less_the_final_newline_from_the_folder_of_the_configuration) {
    memory outside{{{"etc/gateway.yaml", answer("<${file:secret}>")}, {"etc/secret", "s3\n\n"}},
                   {}};
    EXPECT_EQ(
        std::get<respond_action>(outside.load("etc/gateway.yaml").value->routes[0].action).body,
        "<s3\n>");
    outside.files = {{"gateway.yaml", answer("${file:/run/secret}")}, {"/run/secret", "s4\r\n"}};
    EXPECT_EQ(body_of(outside), "s4");
}

TEST(substitution, reports_what_it_cannot_do) {
    const auto problem = [](const std::string& text) { return problems_of(answer(text)); };
    const std::string at = "gateway.yaml:4:13: routes[0].respond.text: ";
    EXPECT_THAT(problem("${NOPE}"),
                ElementsAre(at +
                            "the environment variable NOPE is not set; set it or give a default: "
                            "${NOPE:-default}"));
    EXPECT_THAT(problem("${file:nope}"),
                ElementsAre(at + "the file \"nope\" cannot be read; a relative path starts at the "
                                 "folder of this configuration file"));
    EXPECT_THAT(problem("a ${X"), ElementsAre(at + "${ without }; write $${ for a literal ${"));
    EXPECT_THAT(
        problem("'${a b}'"),
        ElementsAre(at + "${a b} is not an environment variable; write ${NAME}, ${NAME:-default} "
                         "or ${file:PATH}; write $${ for a literal ${"));
    EXPECT_THAT(
        problem("${A:-${B}}"),
        ElementsAre(at + "${ within ${; nesting is not supported; write $${ for a literal ${"));
}

TEST(substitution, never_shows_a_secret_in_a_problem) {
    const memory outside{
        {{"gateway.yaml", answer("x") + "timeouts:\n  idle: ${file:key}\n"}, {"key", "hunter2"}},
        {}};
    EXPECT_THAT(
        problems_of(outside),
        ElementsAre("gateway.yaml:6:9: timeouts.idle: \"***\" is not a duration; as in 250ms, "
                    "2s, 5m or 1h"));
}

TEST(include, joins_lists_and_merges_maps) {
    const memory outside{
        {{"gateway.yaml", "include: [services.yaml, routes.d/*.yaml]\nlimits: {body: 1}\n"},
         {"services.yaml", "services: {a: {targets: ['http://a']}}\nlimits: {header_count: 7}\n"},
         {"routes.d/1.yaml", "routes: [{id: one, match: {path: /1}, service: a}]\n"},
         {"routes.d/2.yaml", "services: {b: {targets: ['http://b']}}\n"
                             "routes: [{id: two, match: {path: /2}, service: b}]\n"},
         {"routes.d/3.yaml", "# nothing yet\n"},
         {"routes.d/not.txt", "x"}},
        {}};
    const auto value = must_load(outside);
    EXPECT_EQ(value->limits.body, 1u);
    EXPECT_EQ(value->limits.header_count, 7u);
    ASSERT_EQ(value->services.size(), 2u);
    ASSERT_EQ(value->routes.size(), 2u);
    EXPECT_EQ(value->routes[1].id, "two");
    EXPECT_EQ(value->routes[1].where.file, "routes.d/2.yaml");
    EXPECT_EQ(value->routes[1].where.line, 2);
}

TEST(include, starts_at_the_folder_of_the_including_file) {
    const memory outside{{{"etc/gateway.yaml", "include: [more/a.yaml]\n"},
                          {"etc/more/a.yaml", "include: [b.yaml]\n"},
                          {"etc/more/b.yaml", "routes: [{match: {path: /}, respond: {}}]\n"}},
                         {}};
    const auto value = outside.load("etc/gateway.yaml").value;
    ASSERT_TRUE(value);
    EXPECT_EQ(value->routes[0].where.file, "etc/more/b.yaml");
}

TEST(include, reports_a_name_in_two_files_with_both_places) {
    const memory outside{
        {{"gateway.yaml", "include: [a.yaml]\nlog: {level: info}\n"
                          "services:\n  users: {targets: ['http://a']}\n"},
         {"a.yaml", "routes: [{match: {path: /}, service: users}]\n"
                    "services: {users: {targets: ['http://b']}}\nlog: {level: warn}\n"}},
        {}};
    EXPECT_THAT(
        problems_of(outside),
        ElementsAre("a.yaml:2:12: services.users: defined twice; first at gateway.yaml:4:3; "
                    "keep one of them",
                    "a.yaml:3:7: log.level: defined twice; first at gateway.yaml:2:7; keep one "
                    "of them"));
}

TEST(include, reports_odd_names_in_two_files_on_one_line_and_broken_ones_once) {
    const memory outside{{{"gateway.yaml", "include: [a.yaml]\n\"x\\ny\": 1\n${NOPE}: 1\n"},
                          {"a.yaml", "\"x\\ny\": 2\n${NOPE}: 1\n"
                                     "routes: [{match: {path: /}, respond: {}}]\n"}},
                         {}};
    EXPECT_THAT(
        problems_of(outside),
        ElementsAre(
            testing::HasSubstr("gateway.yaml:2:1: [\"x\\x0ay\"]: unknown key"),
            testing::HasSubstr("gateway.yaml:3:1: the environment variable NOPE is not set"),
            "a.yaml:1:1: [\"x\\x0ay\"]: defined twice; first at gateway.yaml:2:1; keep one of them",
            testing::HasSubstr("a.yaml:2:1: the environment variable NOPE is not set")));
}

TEST(include, names_paths_as_they_are_in_the_included_file) {
    const memory outside{
        {{"gateway.yaml", "include: [a.yaml]\nroutes: [{match: {path: /}, respond: {}}]\n"},
         {"a.yaml", "routes:\n  - match: {pth: /a}\n    respond: {}\n"}},
        {}};
    EXPECT_THAT(
        problems_of(outside),
        ElementsAre("a.yaml:2:13: routes[0].match.pth: unknown key; did you mean \"path\"?"));
}

TEST(include, finds_circles_and_bounds_depth) {
    memory outside{
        {{"gateway.yaml", "include: [a.yaml]\nroutes: [{match: {path: /}, respond: {}}]\n"},
         {"a.yaml", "include: [./gateway.yaml]\n"}},
        {}};
    EXPECT_THAT(
        problems_of(outside),
        ElementsAre("a.yaml:1:11: include[0]: \"./gateway.yaml\" is included from within itself; "
                    "remove one include of the cycle"));
    for (int i = 0; i < 20; ++i)
        outside.files["f" + std::to_string(i)] = "include: [f" + std::to_string(i + 1) + "]\n";
    outside.files["f20"] = "{}";
    outside.files["gateway.yaml"] = "include: [f0]\nroutes: [{match: {path: /}, respond: {}}]\n";
    EXPECT_THAT(
        problems_of(outside),
        ElementsAre(
            "f6:1:11: include[0]: too many includes; at most 8 levels and 1000 files are read"));
}

TEST(include, reads_a_file_once_however_often_it_is_matched) {
    const memory outside{{{"gateway.yaml", "include: [r1.yaml, r*.yaml]\n"},
                          {"r1.yaml", "routes: [{match: {path: /}, respond: {}}]\n"}},
                         {}};
    EXPECT_EQ(must_load(outside)->routes.size(), 1u);
}

TEST(include, orders_problems_by_file_and_place) {
    const memory outside{
        {{"gateway.yaml", "include: [a.yaml]\nfoo: 1\nroutes: [{match: {path: /}}]\n"},
         {"a.yaml", "bar: 1\n"}},
        {}};
    std::vector<std::string> places;
    for (const auto& p : outside.load().problems)
        places.push_back(p.file + ":" + std::to_string(p.line));
    EXPECT_THAT(places, ElementsAre("gateway.yaml:2", "gateway.yaml:3", "a.yaml:1"));
}

TEST(aliases, stand_for_what_is_anchored) {
    const auto value =
        must_load("services:\n  a: &a {targets: ['http://a'], timeout: 3s}\n  b: *a\n"
                  "routes: [{match: {path: /}, service: b}]\n");
    EXPECT_EQ(value->services[1].timeout, std::chrono::seconds(3));
}

TEST(aliases, cannot_make_a_bomb) {
    std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 20; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int j = 0; j < 9; ++j) yaml += ", " + before;
        yaml += "]\n";
    }
    EXPECT_THAT(problems_of(yaml),
                ElementsAre(testing::HasSubstr("too large once its aliases are followed")));
}

TEST(documents, are_bounded_in_depth_and_size) {
    EXPECT_THAT(problems_of("routes: " + std::string(2000, '[') + std::string(2000, ']')),
                ElementsAre(testing::HasSubstr("nested too deep")));
    EXPECT_THAT(problems_of("# " + std::string(16 << 20, 'x')),
                ElementsAre("gateway.yaml:1:1: larger than 16MiB; split it with include"));
}

TEST(documents, that_are_missing_are_reported) {
    EXPECT_THAT(problems_of(memory{}),
                ElementsAre("gateway.yaml:1:1: the file cannot be read; check that "
                            "it exists and that this user may read it"));
}

TEST(documents, may_be_json) {
    const auto value =
        must_load("{\"routes\":[{\"match\":{\"path\":\"/\"},\n\t\"respond\":"
                  "{\"status\":201,\"json\":{\"a\":[1,true,null,\"\\ud83d\\ude00\\/\"]}}}]}");
    const auto& answer = std::get<respond_action>(value->routes[0].action);
    EXPECT_EQ(answer.status, 201u);
    EXPECT_EQ(answer.body, "{\"a\":[1,true,null,\"\xF0\x9F\x98\x80/\"]}");
}

TEST(documents, keep_text_as_written_where_text_is_wanted) {
    for (const auto* text : {"on", "yes", "off", "0755", "22:22", "1.10", "0x1F", "1e3", "true",
                             "\"false\"", "=", "2001-01-01"})
        EXPECT_EQ(body_of(text), text[0] == '"' ? "false" : text) << text;
}

} // namespace
} // namespace thalamus::config::sources_test
