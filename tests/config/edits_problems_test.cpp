// What is reported about templates, header edits, rewrite and cors: every row is a file and the
// exact lines that it gives.

#include "tests/config/problem_rows.hpp"

namespace thalamus::config::edits_problems_test {
namespace {

const std::vector<row> rows{
    {with_route_key(R"(request_headers: {set: {Host: x}})"),
     {R"(gateway.yaml:5:29: routes[0].request_headers.set.Host: Host cannot be edited; set host in the service, or rewrite.host in the route)"}},
    {with_route_key(
         R"(request_headers: {set: {connection: x, Transfer-Encoding: x}, remove: [Content-Length]})"),
     {R"(gateway.yaml:5:29: routes[0].request_headers.set.connection: connection cannot be edited; the gateway sets it for each connection)",
      R"(gateway.yaml:5:44: routes[0].request_headers.set.Transfer-Encoding: Transfer-Encoding cannot be edited; the gateway sets it for each connection)",
      R"(gateway.yaml:5:76: routes[0].request_headers.remove[0]: Content-Length cannot be edited; the gateway sets it for each connection)"}},
    {with_route_key(R"(request_headers: {add: {X-Consumer-Id: x, X-Auth-Method: y}})"),
     {R"(gateway.yaml:5:29: routes[0].request_headers.add.X-Consumer-Id: X-Consumer-Id cannot be edited; it passes the authenticated identity to targets; use another name)",
      R"(gateway.yaml:5:47: routes[0].request_headers.add.X-Auth-Method: X-Auth-Method cannot be edited; it passes the authenticated identity to targets; use another name)"}},
    {with_route_key(R"(request_headers: {set: {"a b": x}})"),
     {R"(gateway.yaml:5:29: routes[0].request_headers.set["a b"]: "a b" is not a header name; as in X-Request-Id)"}},
    {with_route_key(R"(request_headers: {set: {X: "a\r\nb"}})"),
     {R"(gateway.yaml:5:32: routes[0].request_headers.set.X: a header value cannot contain line breaks or control characters; remove them)"}},
    {with_route_key(R"(request_headers: {set: {X-A: 1, x-a: 2}})"),
     {R"(gateway.yaml:5:37: routes[0].request_headers.set.x-a: "x-a" is a duplicate: names are case-insensitive; keep one of them)"}},
    {with_route_key(R"(request_headers: {set: {X-A: [1, 2]}})"),
     {R"(gateway.yaml:5:34: routes[0].request_headers.set.X-A: expected text, not a list; write one value)"}},
    {with_route_key(R"(request_headers: {set: {X-A: "{idd}"}})"),
     {R"(gateway.yaml:5:34: routes[0].request_headers.set.X-A: {idd} is not captured by match.path; did you mean "id"?)"}},
    {with_route_key(R"(request_headers: {set: {X-A: "{zzzz}"}})"),
     {R"(gateway.yaml:5:34: routes[0].request_headers.set.X-A: {zzzz} is not captured by match.path; add {zzzz} to "/users/{id}")"}},
    {with_route_key(
         R"(request_headers: {set: {X-A: "{claim.sub}", X-B: "{consumer}", X-C: "{parts.a.b}"}})"),
     {R"(gateway.yaml:5:34: routes[0].request_headers.set.X-A: {claim.sub}: this route has no authentication; name an auth method under auth)",
      R"(gateway.yaml:5:54: routes[0].request_headers.set.X-B: {consumer}: this route has no authentication; name an auth method under auth)",
      R"(gateway.yaml:5:73: routes[0].request_headers.set.X-C: "{parts.a.b}": {parts.a.b} is not supported yet; leave it out in this version)"}},
    {with_route_key(
         R"(request_headers: {set: {X-A: "{id", X-B: "id}", X-C: "{}", X-D: "{header.a b}", X-E: "{rest...}"}})"),
     {R"(gateway.yaml:5:34: routes[0].request_headers.set.X-A: "{id": { without }; write {{ for a literal {)",
      R"(gateway.yaml:5:46: routes[0].request_headers.set.X-B: "id}": } without {; write }} for a literal })",
      R"(gateway.yaml:5:58: routes[0].request_headers.set.X-C: "{}": {} is not a template; known: a capture of match.path, {query.x}, {header.x}, {client_ip}, {host}, {consumer}, {claim.x}; write {{ and }} for literal braces)",
      R"(gateway.yaml:5:69: routes[0].request_headers.set.X-D: "{header.a b}": "a b" is not a header name; as in {header.X-Tenant})",
      R"(gateway.yaml:5:90: routes[0].request_headers.set.X-E: "{rest...}": {rest...} is only valid in match.path; write {rest} here)"}},
    {with_route_key(R"(response_headers: {set: {Content-Length: 1, Host: a}})"),
     {R"(gateway.yaml:5:30: routes[0].response_headers.set.Content-Length: Content-Length cannot be edited; the gateway sets it for each connection)",
      R"(gateway.yaml:5:49: routes[0].response_headers.set.Host: Host cannot be edited; the gateway sets it for each connection)"}},
    {with_route_key(R"(response_headers: {set: {Server: a}, add: {Vary: a, content-type: b}})"),
     {R"(gateway.yaml:5:57: routes[0].response_headers.add.content-type: content-type can occur only once in a message; write it under set)"}},
    {with_route_key(
         "cors: {origins: [\"*\"]}\nrequest_headers: {remove: [Access-Control-Request-Method]}\n"
         "response_headers: {set: {Access-Control-Max-Age: 1}, remove: "
         "[access-control-allow-origin]}"),
     {R"(gateway.yaml:7:30: routes[0].response_headers.set.Access-Control-Max-Age: Access-Control-Max-Age conflicts with cors; cors sets it; remove one of the two)",
      R"(gateway.yaml:7:67: routes[0].response_headers.remove[0]: access-control-allow-origin conflicts with cors; cors sets it; remove one of the two)"}},
    {with_route_key(R"(rewrite: {strip_prefix: api})"),
     {R"(gateway.yaml:5:29: routes[0].rewrite.strip_prefix: "api": a path starts with /; write "/api")"}},
    {with_route_key(R"(rewrite: {strip_prefix: /})"),
     {R"(gateway.yaml:5:29: routes[0].rewrite.strip_prefix: "/" strips nothing; name a segment, as in /api, or leave it out)"}},
    {with_route_key(R"(rewrite: {strip_prefix: "/{id}"})"),
     {R"(gateway.yaml:5:29: routes[0].rewrite.strip_prefix: a prefix cannot contain captures; use rewrite.path instead)"}},
    {with_route_key(R"(rewrite: {path: v2})"),
     {R"(gateway.yaml:5:21: routes[0].rewrite.path: "v2": a path starts with /; write "/v2")"}},
    {with_route_key(R"(rewrite: {path: "{id}"})"),
     {R"(gateway.yaml:5:21: routes[0].rewrite.path: a path starts with /; write "/{id}")"}},
    {with_route_key(R"(rewrite: {path: "/a?x={id}"})"),
     {R"(gateway.yaml:5:21: routes[0].rewrite.path: "?" in a path; the request's query is kept as it is; remove this one)"}},
    {with_route_key(R"(rewrite: {path: "/../{id}"})"),
     {R"(gateway.yaml:5:21: routes[0].rewrite.path: "/../{id}": a dot segment in a path; write the resolved path)"}},
    {with_route_key(R"(rewrite: {path: "/{{x}}"})"),
     {R"(gateway.yaml:5:21: routes[0].rewrite.path: braces in a path; write %7B and %7D for literal braces)"}},
    {with_route_key(R"(rewrite: {path: "/{user}"})"),
     {R"(gateway.yaml:5:21: routes[0].rewrite.path: {user} is not captured by match.path; add {user} to "/users/{id}")"}},
    {with_route_key(R"(rewrite: {host: "a b"})"),
     {R"(gateway.yaml:5:21: routes[0].rewrite.host: "a b" is not a host; as in api.internal or api.internal:8080)"}},
    {with_route_key(
         R"(cors: {origins: [example.com, "https://a/", "https://*.*.com", "null"], credentials: 1})"),
     {R"(gateway.yaml:5:22: routes[0].cors.origins[0]: "example.com": not an origin; write scheme://host or scheme://host:port, as in https://app.example.com)",
      R"(gateway.yaml:5:35: routes[0].cors.origins[1]: "https://a/": an origin has no path; write https://a)",
      R"(gateway.yaml:5:49: routes[0].cors.origins[2]: "https://*.*.com": "*" can only replace the first label; as in https://*.example.com)",
      R"(gateway.yaml:5:68: routes[0].cors.origins[3]: "null": not an origin; write scheme://host or scheme://host:port, as in https://app.example.com)",
      R"(gateway.yaml:5:90: routes[0].cors.credentials: "1" is not true or false; write true or false)"}},
    {with_route_key(R"(cors: {origins: ["*"], credentials: true})"),
     {R"(gateway.yaml:5:11: routes[0].cors: credentials are allowed for every origin; name the origins, or set credentials: false)"}},
    {with_route_key(R"(cors: {})"),
     {R"(gateway.yaml:5:11: routes[0].cors.origins: missing; as in origins: ["https://app.example.com"])"}},
    {with_route_key(R"(cors: {origins: []})"),
     {R"(gateway.yaml:5:21: routes[0].cors.origins: no origin; as in ["https://app.example.com"])"}},
    {with_route_key(R"(cors: {origins: ["*"], methods: ["a b"], headers: ["a b"], max_age: 48h})"),
     {R"(gateway.yaml:5:38: routes[0].cors.methods[0]: "a b" is not a method; as in GET)", R"(gateway.yaml:5:56: routes[0].cors.headers[0]: "a b" is not a header name; as in X-Request-Id)",
      R"(gateway.yaml:5:73: routes[0].cors.max_age: "48h" is out of range; from 0s to 24h)"}},
};

TEST(problems_of_edits, are_reported_with_place_path_and_remedy) { expect_problems(rows); }

} // namespace
} // namespace thalamus::config::edits_problems_test
