#include "policies/routing/route_table.hpp"

#include "tests/policies/routing/random_routes.hpp"

#include "http/host_name.hpp"
#include "http/percent.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace thalamus::routing::route_table_test {
namespace {

config::route_settings with_id(config::route_settings r, std::string id) {
    r.id = std::move(id);
    return r;
}

config::route_settings with_headers(config::route_settings r,
                                    std::vector<config::header_match> headers) {
    r.match.headers = std::move(headers);
    for (const auto& h : r.match.headers) r.id += " " + h.name + ":" + h.value;
    return r;
}

config::route_settings with_query(config::route_settings r,
                                  std::vector<config::header_match> query) {
    r.match.query = std::move(query);
    for (const auto& q : r.match.query) r.id += " ?" + q.name + "=" + q.value;
    return r;
}

config::route_settings with_cors(config::route_settings r) {
    r.cors.emplace();
    return r;
}

TEST(route_table, matches_whole_segments) {
    const routes r({make_route("/"), make_route("/a"), make_route("/a/b"), make_route("/dir/"),
                    make_route("/u/{id}/x")});
    EXPECT_EQ(r.get("/"), "/");
    EXPECT_EQ(r.get("/a"), "/a");
    EXPECT_EQ(r.get("/a/b"), "/a/b");
    EXPECT_EQ(r.get("/a/"), "404");
    EXPECT_EQ(r.get("/ab"), "404");
    EXPECT_EQ(r.get("/A"), "404");
    EXPECT_EQ(r.get("/dir/"), "/dir/");
    EXPECT_EQ(r.get("/dir"), "404");
    EXPECT_EQ(r.get("/u/7/x"), "/u/{id}/x id=7");
    EXPECT_EQ(r.get("/u/a%2Fb/x"), "/u/{id}/x id=a%2Fb");
    EXPECT_EQ(r.get("/u/x"), "404");
    EXPECT_EQ(r.get("/u/7"), "404");
    EXPECT_EQ(r.get(""), "404");
    EXPECT_EQ(r.get("*"), "404");
}

TEST(route_table, prefers_literal_to_capture_to_rest) {
    const routes r({make_route("/{rest...}"), make_route("/users/{id}"), make_route("/users/me"),
                    make_route("/users/{rest...}"), make_route("/users/{id}/files/{rest...}"),
                    make_route("/{kind}/me")});
    EXPECT_EQ(r.get("/users/me"), "/users/me");
    EXPECT_EQ(r.get("/users/7"), "/users/{id} id=7");
    EXPECT_EQ(r.get("/users/7/8"), "/users/{rest...} rest=7/8");
    EXPECT_EQ(r.get("/users/"), "/users/{rest...} rest=");
    EXPECT_EQ(r.get("/users"), "/users/{rest...} rest=") << "the remainder is empty";
    EXPECT_EQ(r.get("/users/7/files/a/b/"), "/users/{id}/files/{rest...} id=7 rest=a/b/");
    EXPECT_EQ(r.get("/groups/me"), "/{kind}/me kind=groups");
    EXPECT_EQ(r.get("/groups/you"), "/{rest...} rest=groups/you");
    EXPECT_EQ(r.get("/"), "/{rest...} rest=");
}

TEST(route_table, goes_back_where_a_better_beginning_ends_nowhere) {
    const routes r({make_route("/a/b/c/x"), make_route("/a/{p}/c/y"), make_route("/{q}/b/c/z"),
                    make_route("/{q}/{p}/{o}/w"), make_route("/a/{all...}")});
    EXPECT_EQ(r.get("/a/b/c/x"), "/a/b/c/x");
    EXPECT_EQ(r.get("/a/b/c/y"), "/a/{p}/c/y p=b");
    EXPECT_EQ(r.get("/a/b/c/z"), "/a/{all...} all=b/c/z")
        << "a literal first segment goes before a captured one";
    EXPECT_EQ(r.get("/x/b/c/z"), "/{q}/b/c/z q=x");
    EXPECT_EQ(r.get("/x/b/c/w"), "/{q}/{p}/{o}/w q=x p=b o=c");
}

TEST(route_table, names_captures_as_the_route_that_answers_does) {
    const routes r({make_route("/x/{a}", {"GET"}), make_route("/x/{b}", {"POST"}),
                    make_route("/x/{c}/{d...}", {"GET"})});
    EXPECT_EQ(r.ask("GET", "h", "/x/1"), "/x/{a} a=1");
    EXPECT_EQ(r.ask("POST", "h", "/x/1"), "/x/{b} b=1");
    EXPECT_EQ(r.ask("GET", "h", "/x/1/2"), "/x/{c}/{d...} c=1 d=2");
}

TEST(route_table, matches_hosts_without_case_port_and_final_dot) {
    const routes r({make_route("/", {}, {"api.example.com"}),
                    with_id(make_route("/", {}, {"*.example.com"}), "wild"),
                    with_id(make_route("/", {}, {"*.eu.example.com", "other.net"}), "longer"),
                    with_id(make_route("/"), "any"),
                    with_id(make_route("/only", {}, {"[::1]", "*.x.y"}), "only")});
    const auto at = [&](std::string_view host) { return r.ask("GET", host, "/"); };
    EXPECT_EQ(at("api.example.com"), "/");
    EXPECT_EQ(at("API.Example.com.:8443"), "/");
    EXPECT_EQ(at("www.example.com"), "wild");
    EXPECT_EQ(at("a.b.example.com:1"), "wild");
    EXPECT_EQ(at("a.eu.example.com"), "longer");
    EXPECT_EQ(at("a.b.eu.example.com"), "longer");
    EXPECT_EQ(at("eu.example.com"), "wild") << "one or more labels, so not none";
    EXPECT_EQ(at("other.net"), "longer");
    EXPECT_EQ(at("example.com"), "any");
    EXPECT_EQ(at("xexample.com"), "any");
    EXPECT_EQ(at(".example.com"), "any");
    EXPECT_EQ(at(""), "any");
    EXPECT_EQ(at(std::string(10000, '.')), "any");
    EXPECT_EQ(r.ask("GET", "[::1]:80", "/only"), "only");
    EXPECT_EQ(r.ask("GET", "a.x.y", "/only"), "only");
    EXPECT_EQ(r.ask("GET", "x.y", "/only"), "404");
}

TEST(route_table, a_path_goes_before_a_host) {
    const routes r({make_route("/a/{rest...}", {}, {"h"}), make_route("/a/b")});
    EXPECT_EQ(r.ask("GET", "h", "/a/b"), "/a/b");
    EXPECT_EQ(r.ask("GET", "h", "/a/c"), "/a/{rest...} rest=c");
    EXPECT_EQ(r.ask("GET", "x", "/a/c"), "404");
}

TEST(route_table, finds_a_host_among_many_on_one_path) {
    std::vector<config::route_settings> list;
    for (int i = 0; i < 500; ++i)
        list.push_back(
            with_id(make_route("/{rest...}", {}, {"t" + std::to_string(i) + ".example.com"}),
                    std::to_string(i)));
    list.push_back(with_id(make_route("/{rest...}", {}, {"*.example.com"}), "wild"));
    const routes r(std::move(list));
    EXPECT_EQ(r.ask("GET", "t0.example.com", "/x"), "0 rest=x");
    EXPECT_EQ(r.ask("GET", "T499.example.com:80", "/x"), "499 rest=x");
    EXPECT_EQ(r.ask("GET", "t500.example.com", "/x"), "wild rest=x");
    EXPECT_EQ(r.ask("GET", "example.com", "/x"), "404");
}

TEST(route_table, more_conditions_go_first_and_failing_ones_give_way) {
    const routes r(
        {make_route("/"), with_headers(make_route("/"), {{"x-version", "2"}}),
         with_headers(make_route("/"), {{"x-version", "2"}, {"x-color", "red"}}),
         with_query(with_headers(make_route("/"), {{"x-version", "2"}, {"x-color", "red"}}),
                    {{"beta", "1"}}),
         with_query(make_route("/q"), {{"a b", "c&d"}})});
    EXPECT_EQ(r.ask("GET", "h", "/"), "/");
    EXPECT_EQ(r.ask("GET", "h", "/", "", {{"X-Version", "2"}}), "/ x-version:2");
    EXPECT_EQ(r.ask("GET", "h", "/", "", {{"X-Version", "22"}}), "/");
    EXPECT_EQ(r.ask("GET", "h", "/", "", {{"X-Version", "2"}, {"X-VERSION", "2"}}), "/")
        << "together they are \"2, 2\"";
    EXPECT_EQ(r.ask("GET", "h", "/", "", {{"X-Color", "red"}, {"X-Version", "2"}}),
              "/ x-version:2 x-color:red");
    EXPECT_EQ(r.ask("GET", "h", "/", "?x&beta=1", {{"X-Color", "red"}, {"X-Version", "2"}}),
              "/ x-version:2 x-color:red ?beta=1");
    EXPECT_EQ(r.ask("GET", "h", "/", "?beta=0&beta=1", {{"X-Color", "red"}, {"X-Version", "2"}}),
              "/ x-version:2 x-color:red");
    EXPECT_EQ(r.ask("GET", "h", "/q", "?a%20b=c%26d"), "/q ?a b=c&d");
    EXPECT_EQ(r.ask("GET", "h", "/q", "?a+b=c%26d"), "/q ?a b=c&d");
    EXPECT_EQ(r.ask("GET", "h", "/q", "?a+b=c&d"), "404");
    EXPECT_EQ(r.ask("GET", "h", "/q"), "404");
}

TEST(route_table, tells_405_from_404) {
    const routes r({make_route("/a", {"GET"}), make_route("/a", {"PUT", "PURGE"}),
                    make_route("/a/{x}", {"POST"}), make_route("/h", {"GET"}, {"h"}),
                    with_headers(make_route("/c", {"GET"}), {{"x", "1"}})});
    EXPECT_EQ(r.ask("GET", "h", "/a"), "/a");
    EXPECT_EQ(r.ask("POST", "h", "/a"), "405 GET, HEAD, PUT, OPTIONS, PURGE");
    EXPECT_EQ(r.ask("PURGE", "h", "/a"), "/a");
    EXPECT_EQ(r.ask("LINK", "h", "/a"), "405 GET, HEAD, PUT, OPTIONS, PURGE");
    EXPECT_EQ(r.ask("get", "h", "/a"), "405 GET, HEAD, PUT, OPTIONS, PURGE");
    EXPECT_EQ(r.ask("GET", "h", "/a/b"), "405 POST, OPTIONS");
    EXPECT_EQ(r.ask("POST", "h", "/b"), "404");
    EXPECT_EQ(r.ask("POST", "h", "/h"), "405 GET, HEAD, OPTIONS");
    EXPECT_EQ(r.ask("POST", "x", "/h"), "404") << "not this host's path";
    EXPECT_EQ(r.ask("POST", "h", "/c"), "404");
    EXPECT_EQ(r.ask("POST", "h", "/c", "", {{"x", "1"}}), "405 GET, HEAD, OPTIONS");
}

TEST(route_table, another_method_may_be_answered_by_a_less_specific_path) {
    const routes r({make_route("/a/b", {"GET"}), make_route("/a/{x}", {"PUT"}),
                    make_route("/{rest...}", {"POST"})});
    EXPECT_EQ(r.ask("PUT", "h", "/a/b"), "/a/{x} x=b");
    EXPECT_EQ(r.ask("POST", "h", "/a/b"), "/{rest...} rest=a/b");
    EXPECT_EQ(r.ask("DELETE", "h", "/a/b"), "405 GET, HEAD, POST, PUT, OPTIONS");
}

TEST(route_table, answers_head_where_get_is) {
    const routes r({make_route("/a", {"GET"}), make_route("/b", {"POST"}),
                    with_id(make_route("/c", {"GET"}), "get"),
                    with_id(make_route("/c", {"HEAD"}), "head")});
    EXPECT_EQ(r.ask("HEAD", "h", "/a"), "/a");
    EXPECT_EQ(r.ask("HEAD", "h", "/b"), "405 POST, OPTIONS");
    EXPECT_EQ(r.ask("HEAD", "h", "/c"), "head");
    EXPECT_EQ(r.ask("GET", "h", "/c"), "get");
}

TEST(route_table, sends_options_where_another_method_goes) {
    const routes r({make_route("/a", {"GET"}), with_id(make_route("/b", {"GET"}), "get"),
                    with_id(make_route("/b", {"OPTIONS"}), "options"), make_route("/{rest...}")});
    EXPECT_EQ(r.ask("OPTIONS", "h", "/a"), "/a");
    EXPECT_EQ(r.ask("OPTIONS", "h", "/b"), "options");
    EXPECT_EQ(r.ask("OPTIONS", "h", "/c"), "/{rest...} rest=c");
}

TEST(route_table, gives_preflights_to_the_route_of_the_method_asked_for) {
    const routes r({with_id(with_cors(make_route("/a", {"GET"})), "get"),
                    with_id(with_cors(make_route("/a", {"PUT"})), "put"),
                    with_id(make_route("/a", {"DELETE"}), "delete"),
                    with_id(make_route("/b", {"GET"}), "plain"),
                    with_headers(with_cors(make_route("/c", {"GET"})), {{"x-version", "2"}}),
                    with_id(make_route("/d", {"OPTIONS"}), "own"),
                    with_cors(make_route("/e", {"GET", "OPTIONS"}))});
    const auto ask = [&](std::string_view path, std::string method, name_values more = {}) {
        more.insert(more.end(), {{"Origin", "https://o"},
                                 {"Access-Control-Request-Method", std::move(method)}});
        return r.ask("OPTIONS", "h", path, "", more);
    };
    EXPECT_EQ(ask("/a", "GET"), "preflight get");
    EXPECT_EQ(ask("/a", "PUT"), "preflight put");
    EXPECT_EQ(ask("/a", "DELETE"), "get") << "no cors there: OPTIONS goes to the target";
    EXPECT_EQ(ask("/a", "PATCH"), "preflight get") << "whose cors then says that it may not";
    EXPECT_EQ(ask("/b", "PATCH"), "plain");
    EXPECT_EQ(ask("/c", "PATCH", {{"Access-Control-Request-Headers", "x-version"}}),
              "preflight /c x-version:2");
    EXPECT_EQ(ask("/b", "GET"), "plain");
    EXPECT_EQ(ask("/c", "GET", {{"Access-Control-Request-Headers", "accept, X-Version"}}),
              "preflight /c x-version:2");
    EXPECT_EQ(ask("/c", "GET"), "404");
    EXPECT_EQ(ask("/d", "GET"), "own");
    EXPECT_EQ(ask("/e", "GET"), "preflight /e");
    EXPECT_EQ(r.ask("OPTIONS", "h", "/a"), "get") << "no preflight";
    EXPECT_EQ(r.ask("OPTIONS", "h", "/a", "", {{"Origin", "https://o"}}), "get");
    EXPECT_EQ(r.ask("GET", "h", "/a", "",
                    {{"Origin", "https://o"}, {"Access-Control-Request-Method", "PUT"}}),
              "get");
}

TEST(route_table, says_what_is_allowed_at_a_path) {
    const routes r({make_route("/a", {"GET", "PURGE"}), make_route("/a", {"PUT"}, {"h"}),
                    make_route("/{x}", {"TRACE", "POST"}), make_route("/any/{rest...}"),
                    make_route("/any/b", {"PUT"})});
    const auto allow = [&](std::string_view path, std::string_view host = "h") {
        return r.table.allow({"OPTIONS", host, path, "", nullptr});
    };
    EXPECT_EQ(allow("/a"), "GET, HEAD, POST, PUT, OPTIONS, PURGE");
    EXPECT_EQ(allow("/a", "other"), "GET, HEAD, POST, OPTIONS, PURGE");
    EXPECT_EQ(allow("/any/b"), "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
    EXPECT_EQ(allow("/none/x"), "");
}

TEST(route_table, of_no_routes_knows_nothing) {
    const routes r({});
    EXPECT_EQ(r.get("/"), "404");
    EXPECT_EQ(r.get("/a/b"), "404");
}

// Against a matcher that is slow and simple.

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    if (path == "/") return segments;
    std::string segment;
    for (char c : path.substr(1)) {
        if (c == '/') segments.push_back(std::move(segment)), segment.clear();
        else segment += c;
    }
    segments.push_back(segment);
    return segments;
}

/// What decides between two routes that fit, greater = better: the kind per segment, host,
/// conditions.
struct rank {
    std::vector<int> path;
    std::size_t host = 0, conditions = 0;
    auto operator<=>(const rank&) const = default;
};

/// nullopt = the route does not fit, whatever the method.
std::optional<rank> fits(const config::match_settings& match, const random_request& asked) {
    rank result;
    const auto segments = split(asked.path);
    std::size_t at = 0;
    bool rest = false;
    for (const auto& s : match.path.segments) {
        if (s.type == config::pattern_segment::kind::rest) {
            rest = true;
            result.path.push_back(1);
            break;
        }
        if (at == segments.size()) return std::nullopt;
        const bool literal = s.type == config::pattern_segment::kind::literal;
        if (literal ? s.text != segments[at] : segments[at].empty()) return std::nullopt;
        result.path.push_back(literal ? 3 : 2);
        ++at;
    }
    if (!rest) {
        if (at != segments.size()) return std::nullopt;
        result.path.push_back(4); // ends here: better than {rest...} of nothing
    }
    if (!match.hosts.empty()) {
        std::string buffer;
        const auto host = http::normalize_host(asked.host, buffer);
        for (const std::string_view h : match.hosts) {
            if (h == host) result.host = 1000;
            else if (h[0] == '*' && host.size() >= h.size() && host.ends_with(h.substr(1)) &&
                     host[0] != '.')
                result.host = std::max(result.host, h.size());
        }
        if (result.host == 0) return std::nullopt;
    }
    for (const auto& h : match.headers)
        if (std::count(asked.fields.begin(), asked.fields.end(), std::pair(h.name, h.value)) != 1)
            return std::nullopt;
    for (const auto& q : match.query)
        if (http::find_parameter(asked.query, q.name) != q.value) return std::nullopt;
    result.conditions = match.headers.size() + match.query.size();
    return result;
}

bool takes(const config::match_settings& match, const std::string& method) {
    const auto has = [&](std::string_view m) {
        return std::find(match.methods.begin(), match.methods.end(), m) != match.methods.end();
    };
    return match.methods.empty() || has(method) || (method == "HEAD" && has("GET"));
}

/// What the table says of its walk is what the simple matcher says, and what match() did.
void check_candidates(const routes& r, const random_request& asked, const route_request& request,
                      const route_match& match) {
    const auto where = asked.method + " " + asked.host + asked.path + asked.query;
    std::set<std::size_t> listed;
    std::optional<rank> last, best;
    for (const auto& c : r.table.candidates(request)) {
        ASSERT_TRUE(listed.insert(c.route).second) << where;
        const auto& wanted = r.snapshot.routes[c.route].match;
        const auto rank = fits(wanted, asked);
        ASSERT_EQ(rank.has_value(), c.host && c.fields && !c.unmet_query) << where;
        ASSERT_EQ(takes(wanted, asked.method) || asked.method == "OPTIONS", c.method) << where;
        if (!rank) continue;
        ASSERT_TRUE(!last || *rank <= *last) << where << ": not in the order of precedence";
        last = rank;
        if (c.takes_all() && !best) best = rank;
    }
    for (std::size_t n = 0; n < r.snapshot.routes.size(); ++n)
        ASSERT_TRUE(listed.contains(n) || !fits(r.snapshot.routes[n].match, asked)) << where;
    ASSERT_EQ(best.has_value(), match.result == route_match::outcome::found) << where;
    if (best) {
        ASSERT_TRUE(listed.contains(match.route)) << where;
        ASSERT_EQ(*best, fits(r.snapshot.routes[match.route].match, asked)) << where;
    }
}

TEST(route_table, agrees_with_a_simple_matcher) {
    std::mt19937_64 random(42);
    int found = 0, refused = 0;
    for (int round = 0; round < 400; ++round) {
        const routes r(make_random_routes(random));
        for (int i = 0; i < 200; ++i) {
            const random_request asked(random);

            std::optional<rank> best;
            bool other_method = false;
            std::vector<std::size_t> winners;
            for (std::size_t n = 0; n < r.snapshot.routes.size(); ++n) {
                const auto rank = fits(r.snapshot.routes[n].match, asked);
                if (!rank) continue;
                if (!takes(r.snapshot.routes[n].match, asked.method)) {
                    other_method = true;
                    continue;
                }
                if (!best || *rank > *best) best = rank, winners.clear();
                if (*rank == *best) winners.push_back(n);
            }
            const auto fields = make_fields(asked.fields);
            const route_request request{asked.method, asked.host, asked.path, asked.query, &fields};
            const auto match = r.table.match(request);
            const auto where = asked.method + " " + asked.host + asked.path + asked.query;
            if (i % 4 == 0) check_candidates(r, asked, request, match);
            if (best) {
                ++found;
                ASSERT_EQ(match.result, route_match::outcome::found) << where;
                ASSERT_NE(std::find(winners.begin(), winners.end(), match.route), winners.end())
                    << where << " by " << r.snapshot.routes[match.route].id << ", not "
                    << r.snapshot.routes[winners[0]].id;
                // What was captured makes the path again.
                std::string again;
                auto value = match.captures.begin();
                for (const auto& s : r.snapshot.routes[match.route].match.path.segments)
                    again += "/" + (s.type == config::pattern_segment::kind::literal
                                        ? s.text
                                        : std::string((value++)->value));
                ASSERT_TRUE(again == asked.path || again == asked.path + "/" || again.empty())
                    << where << " " << again;
            } else {
                refused += other_method;
                ASSERT_EQ(match.result, other_method ? route_match::outcome::method_not_allowed
                                                     : route_match::outcome::not_found)
                    << where;
            }
        }
    }
    EXPECT_GT(found, 10000);
    EXPECT_GT(refused, 1000);
}

} // namespace
} // namespace thalamus::routing::route_table_test
