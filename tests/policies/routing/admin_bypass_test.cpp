// features.md section 4, row 7: no spelling of a path gets around a rule for /admin.

#include "http/canonical_path.hpp"
#include "http/percent.hpp"
#include "policies/routing/route_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace thalamus::routing::admin_bypass_test {
namespace {

using namespace std::string_literals;

/// What a lenient target makes of a path: it cuts ";parameters", decodes once, takes "\" for "/",
/// cuts anything behind a NUL, merges slashes and resolves dot segments.
std::string as_a_target_sees(std::string_view path) {
    std::string plain, decoded;
    bool parameters = false;
    for (char c : path) {
        if (c == ';') parameters = true;
        if (c == '/') parameters = false;
        if (!parameters) plain += c;
    }
    http::append_decoded(plain, false, decoded);
    decoded = decoded.substr(0, decoded.find('\0'));
    std::vector<std::string> segments;
    std::string segment;
    const auto finish = [&] {
        if (segment == "..") {
            if (!segments.empty()) segments.pop_back();
        } else if (!segment.empty() && segment != ".") {
            segments.push_back(segment);
        }
        segment.clear();
    };
    for (char c : decoded) {
        if (c == '/' || c == '\\') finish();
        else segment += c;
    }
    finish();
    std::string result;
    for (const auto& s : segments) result += "/" + s;
    return result.empty() ? "/" : result;
}

config::route_settings route(std::string id, std::string_view pattern) {
    config::route_settings r;
    r.id = std::move(id);
    r.match.path = std::get<config::path_pattern>(config::parse_path_pattern(pattern));
    return r;
}

TEST(admin_bypass, no_spelling_reaches_a_target_as_admin_by_another_route) {
    const std::vector<std::string> before = {"/",
                                             "//",
                                             "///",
                                             "/./",
                                             "/././",
                                             "/.//",
                                             "/x/../",
                                             "/x//../",
                                             "/x/y/../../",
                                             "/../",
                                             "/../../",
                                             "/%2e/",
                                             "/%2e%2e/",
                                             "/.%2e/",
                                             "/%2E./",
                                             "/x/%2e%2e/",
                                             "/x/.%2E/",
                                             "/x/%2e./",
                                             "/%2f",
                                             "/%2F",
                                             "/x%2f..%2f",
                                             "/x/..%2f",
                                             "/%5c",
                                             "/\\",
                                             "/..\\",
                                             "/..%5c",
                                             "/x\\..\\",
                                             "/;/",
                                             "/;x/",
                                             "/x;y/../",
                                             "/..;/",
                                             "/x/..;/",
                                             "/.;/",
                                             "/x;/../",
                                             "/%3b/../",
                                             "/%00/../",
                                             "/%252e%252e/",
                                             "/x/%252e%252e/",
                                             "/..%252f",
                                             "/%252f",
                                             "/%252e/",
                                             "/%c0%ae%c0%ae/",
                                             "/%c0%af",
                                             "/%e0%80%ae/",
                                             "/%u002e/",
                                             "/?/../",
                                             "/#/../",
                                             "/%23/../",
                                             "/%3f/../",
                                             "/%20/../",
                                             "/x/%2e%2e%2f",
                                             "http://h/",
                                             "http://h//",
                                             "http://h/x/../"};
    const std::vector<std::string> names = {"admin",
                                            "%61dmin",
                                            "a%64min",
                                            "%61%64%6d%69%6e",
                                            "%61%64%6D%69%6E",
                                            "admi%6e",
                                            "admin/",
                                            "admin//",
                                            "admin/.",
                                            "admin/..;/admin",
                                            "admin/x",
                                            "admin/./x",
                                            "admin//x",
                                            "admin/x/..",
                                            "admin/x/../",
                                            "admin;",
                                            "admin;x",
                                            "admin;/x",
                                            "admin%3b",
                                            "admin%00",
                                            "admin%00.html",
                                            "admin%2f",
                                            "admin%2fx",
                                            "admin%5c",
                                            "admin\\",
                                            "admin\\x",
                                            "admin#",
                                            "admin#x",
                                            "admin%23",
                                            "admin?",
                                            "admin?x",
                                            "admin%3f",
                                            "admin%20",
                                            "admin%09",
                                            "admin%0a",
                                            "admin.",
                                            "admin/%2e",
                                            "admin/%2e%2e/admin",
                                            "ADMIN",
                                            "Admin",
                                            "%41dmin",
                                            "%c1%a1dmin",
                                            "%2561dmin",
                                            "admin%252f",
                                            "admin\0"s,
                                            "admin%",
                                            "admin%2",
                                            "\xc1\xa1"
                                            "dmin"};
    config::snapshot snapshot;
    snapshot.routes = {route("admin", "/admin"), route("below-admin", "/admin/{rest...}"),
                       route("open", "/{rest...}")};
    const route_table table(snapshot);
    const http::field_list no_fields;
    int spellings = 0, refused = 0, as_admin = 0;
    for (const auto& prefix : before) {
        for (const auto& name : names) {
            ++spellings;
            const auto target = prefix + name;
            std::string buffer;
            const auto uri = http::canonicalize(target, buffer);
            // The router refuses the last two: no route here allows them.
            if (uri.refusal || uri.has_encoded_slash || uri.has_semicolon) {
                ++refused;
                continue;
            }
            const auto match = table.match({"GET", "h", uri.path, uri.query, &no_fields});
            ASSERT_EQ(match.result, route_match::outcome::found) << target;
            const auto seen = as_a_target_sees(uri.path);
            const bool is_admin = seen == "/admin" || seen.starts_with("/admin/");
            if (match.route == 2) {
                EXPECT_FALSE(is_admin) << target << " went on as " << uri.path;
            } else {
                ++as_admin;
                EXPECT_TRUE(is_admin) << target;
            }
        }
    }
    EXPECT_GT(spellings, 2000);
    EXPECT_GT(refused, 500);
    EXPECT_GT(as_admin, 200);
}

} // namespace
} // namespace thalamus::routing::admin_bypass_test
