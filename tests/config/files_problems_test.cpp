// What is reported about whole files and YAML: every row is a file and the exact lines that it
// gives.

#include "tests/config/problem_rows.hpp"

namespace thalamus::config::files_problems_test {
namespace {

const std::vector<row> rows{
    {R"()", {R"(gateway.yaml:1:1: the file is empty; it needs at least routes)"}},
    {R"(# nothing
)",
     {R"(gateway.yaml:1:1: the file is empty; it needs at least routes)"}},
    {R"(- a
)",
     {R"(gateway.yaml:1:1: expected keys and values; a configuration starts with keys such as services: and routes:)"}},
    {R"(hello
)",
     {R"(gateway.yaml:1:1: expected keys and values; a configuration starts with keys such as services: and routes:)"}},
    {R"(services: {}
)",
     {R"(gateway.yaml:1:1: routes: missing; as in routes: [{match: {path: /hello}, respond: {text: hello}}])"}},
    {R"(routes: []
)",
     {R"(gateway.yaml:1:9: routes: no route; as in routes: [{match: {path: /hello}, respond: {text: hello}}])"}},
    {R"(routes:
log: {}
)",
     {R"(gateway.yaml:1:1: routes: no value; give one, or leave the key out)"}},
    {R"(routes:
  - match: {path: /a
)",
     {R"(gateway.yaml:3:1: not valid YAML: end of map flow not found; quote text that contains { } [ ] or a comma, as in "/users/{id}")"}},
    {R"(routes:
  - match: {path: /users/{id}}
    respond: {}
)",
     {R"(gateway.yaml:2:26: not valid YAML: end of map flow not found; quote text that contains { } [ ] or a comma, as in "/users/{id}")"}},
    {R"(a: b: c
)",
     {R"(gateway.yaml:1:5: not valid YAML: illegal map value; quote text that contains a colon and a space)"}},
    {"routes:\n\t- a\n",
     {R"(gateway.yaml:2:2: not valid YAML: illegal block entry; indent with spaces, not with tabs)"}},
    {a_route + R"(---
routes: [{match: {path: /}, respond: {}}]
)",
     {R"(gateway.yaml:2:1: a second document; a configuration is one document; remove the line ---)"}},
    {a_route + R"(log: {level: info, level: warn}
log: {}
)",
     {R"(gateway.yaml:2:20: log.level: defined twice; first at gateway.yaml:2:7; keep one of them)",
      R"(gateway.yaml:3:1: log: defined twice; first at gateway.yaml:2:1; keep one of them)"}},
    {a_route + R"(log: !foo {level: info}
)",
     {R"(gateway.yaml:2:6: an unknown YAML tag; remove it; only tags like !!str and !!int are known)"}},
    {a_route + R"(log: {level: !foo info}
)",
     {R"(gateway.yaml:2:14: an unknown YAML tag; remove it; only tags like !!str and !!int are known)"}},
    {a_route + R"(log: &a {access: *a}
)",
     {R"(gateway.yaml:2:18: an alias inside the node that it refers to; remove it)"}},
    {R"(? [a]
: b
)",
     {R"(gateway.yaml:1:3: a key that is not text; quote it if it is intended)"}},
    {a_route + R"(log: &l {level: info}
limits: {<<: *l}
)",
     {R"(gateway.yaml:3:10: limits["<<"]: unknown key; merge keys are YAML 1.1; write the keys out)"}},
    {"a: \xff\n", {R"(gateway.yaml:1:1: not UTF-8 text; save it as UTF-8)"}},
    {a_route + R"(~: 1
)",
     {R"(gateway.yaml:2:1: a key that is not text; quote it if it is intended)"}},
    {a_route + R"(include: a.yaml
)",
     {R"(gateway.yaml:2:10: include: expected a list; as in [routes.d/*.yaml])"}},
    {a_route + R"(include: [none.yaml, {a: 1}]
)",
     {R"(gateway.yaml:2:11: include[0]: the file "none.yaml" cannot be read; check that it exists and that this user may read it)",
      R"(gateway.yaml:2:22: include[1]: expected a file name; as in routes.d/*.yaml)"}},
};

TEST(problems_of_files, are_reported_with_place_path_and_remedy) { expect_problems(rows); }

} // namespace
} // namespace thalamus::config::files_problems_test
