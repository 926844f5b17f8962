// Row 7 of the security list, as a property: the path that `auth` was decided for is the path that
// the target gets. Hostile paths, thousands of them, with and without a credential, against
// protected and open routes side by side. What is protected is said here a second time, without the
// gateway's code.

#include "tests/support/auth_setup.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace thalamus::test::auth_path_test {
namespace {

const std::string config = std::string(auth_setup::consumers) + R"(
auth: {keys: {api_key: {from: ["header:X-Api-Key"]}}}
services: {app: {targets: ["http://@app@"], retry: off}}
routes:
  - {id: admin, match: {path: "/admin/{rest...}"}, auth: keys, service: app}
  - {id: public, match: {path: "/admin/public/{rest...}"}, service: app}
  - {id: inner, match: {path: "/shop/{id}/admin/{rest...}"}, auth: keys, service: app}
  - {id: loose, match: {path: "/files/{rest...}"}, allow_in_path: [encoded_slash, semicolon], service: app}
  - {id: open, match: {path: "/{rest...}"}, service: app}
)";

std::vector<std::string> segments_of(const std::string& path) {
    std::vector<std::string> all;
    for (std::size_t begin = 1; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        all.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

/// By the routes above, of a canonical path.
bool is_protected(const std::string& path) {
    const auto all = segments_of(path);
    if (all[0] == "admin") return all.size() < 2 || all[1] != "public";
    return all.size() > 2 && all[0] == "shop" && !all[1].empty() && all[2] == "admin";
}

std::string decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size() &&
                            std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                            std::isxdigit(static_cast<unsigned char>(text[i + 2]));
        out += escape ? static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)) : text[i];
        if (escape) i += 2;
    }
    return out;
}

/// Why a path is not canonical; empty if it is.
std::string fault_of(const std::string& path) {
    if (!path.starts_with('/')) return "does not begin with a slash";
    const bool loose = path == "/files" || path.starts_with("/files/");
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto byte = static_cast<unsigned char>(path[i]);
        if (byte <= ' ' || byte >= 0x7F || byte == '\\' || byte == '#') return "holds a raw byte";
        if (byte == ';' && !loose) return "holds a semicolon";
        if (byte != '%') continue;
        const auto digits = path.substr(i + 1, 2);
        if (digits.size() < 2 || digits.find_first_not_of("0123456789ABCDEF") != digits.npos)
            return "holds an escape that is none, or in lower case";
        if (digits == "00" || digits == "5C" || (digits == "2F" && !loose))
            return "holds the escape of a separator";
        const char stands_for = decoded("%" + digits)[0];
        if (std::isalnum(static_cast<unsigned char>(stands_for)) ||
            std::string_view("-._~").find(stands_for) != std::string_view::npos)
            return "escapes what needs none";
    }
    const auto all = segments_of(path);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].empty() && i + 1 < all.size()) return "holds //";
        // A target that decodes once more, or drops what follows ";", comes to the same place.
        for (auto name = all[i];; name = decoded(name)) {
            for (const auto& part : segments_of("/" + name)) {
                const auto plain = part.substr(0, part.find(';'));
                if (plain == "." || plain == "..") return "holds a dot segment";
            }
            if (decoded(name) == name) break;
        }
    }
    return {};
}

class hostile_paths {
public:
    std::string next() {
        std::string path =
            one_of({"/", "/", "/", "//", "/./", "", "http://test/", "http://test//"});
        for (auto count = 1 + random_() % 5; count > 0; --count) {
            path += segment();
            if (count > 1 || random_() % 3 == 0) path += separator();
        }
        return random_() % 8 == 0 ? path + one_of({"?", "?a=/../admin", "?/admin", "#", "#/admin"})
                                  : path;
    }
    std::uint_fast32_t roll() { return random_(); }

private:
    std::string one_of(const std::vector<std::string>& all) { return all[random_() % all.size()]; }
    std::string separator() {
        if (random_() % 4 != 0) return "/";
        return one_of({"//",           "///",
                       "/./",          "/../",
                       "/x/../",       "/.;/",
                       "/..;/",        "/..;x=y/",
                       "/;/",          "%2f",
                       "%2F",          "%252f",
                       "\\",           "%5c",
                       "%255c",        "/%2e/",
                       "/%2e%2e/",     "/.%2E/",
                       "/%252e%252e/", "/%u002e/",
                       "%c0%af",       "/%c0%ae%c0%ae/",
                       ";/",           "%00/",
                       "\t",           " "});
    }
    std::string segment() {
        auto word = one_of({"admin", "admin", "admin", "public", "shop", "files", "x", "..", ".",
                            "...", "a", "", "1"});
        if (random_() % 3 != 0) return word;
        std::string spelt;
        for (const char c : word) {
            char escape[8];
            switch (random_() % 8) {
            case 0:
                std::snprintf(escape, sizeof escape, "%%%02x", c);
                spelt += escape;
                break;
            case 1:
                std::snprintf(escape, sizeof escape, "%%%02X", c);
                spelt += escape;
                break;
            case 2:
                std::snprintf(escape, sizeof escape, "%%25%02x", c);
                spelt += escape;
                break;
            case 3: spelt += static_cast<char>(std::toupper(c)); break;
            default: spelt += c;
            }
        }
        if (random_() % 3 == 0)
            spelt += one_of({";",    ";a=b",      ";/..",   "%00",      "%00.html",
                             "%20",  ".",         "..",     "%2e",      "%23",
                             "%3f",  "%3b",       "%",      "%2",       "%zz",
                             "~",    ".json",     "%0d%0a", "\xc3\xa9", std::string(1, '\0'),
                             "\x01", "%ef%bc%8f", "|",      "\"",       "<",
                             "*"});
        return spelt;
    }

    std::mt19937 random_{20261125};
};

struct hostile_request {
    std::string path;
    bool with_credential = false;
};

/// Asks all of them, many at once on a connection, and again those that were behind one which ended
/// it.
class pipeline {
public:
    explicit pipeline(std::uint16_t port) : port_(port) {}

    void ask_all(std::deque<hostile_request> todo) {
        while (!todo.empty()) {
            raw_client client(port_);
            const auto batch = std::min<std::size_t>(todo.size(), 64);
            std::string all;
            for (std::size_t i = 0; i < batch; ++i) all += text_of(todo[i]);
            client.try_send(all);
            const auto before = todo.size();
            bool open = true;
            for (std::size_t i = 0; i < batch && open; ++i) {
                const auto answer = client.read();
                ++answers[answer.status];
                EXPECT_FALSE(answer.status == 401 && todo.front().with_credential);
                todo.pop_front();
                open = !answer.says_close();
            }
            ASSERT_LT(todo.size(), before);
        }
    }
    std::map<int, std::size_t> answers; ///< by status

private:
    static std::string text_of(const hostile_request& request) {
        std::vector<field> fields{{"X-Sent", request.with_credential ? "with" : "without"}};
        if (request.with_credential) fields.push_back(auth_setup::secret1());
        return request_text("GET", request.path, fields);
    }
    std::uint16_t port_;
};

TEST(auth_path, row_7_the_path_that_was_decided_for_is_the_path_that_the_target_gets) {
    recording_target app;
    gateway node(config, {{"app", app.address()}});
    hostile_paths paths;
    std::deque<hostile_request> all;
    for (int i = 0; i < 6000; ++i) all.push_back({paths.next(), paths.roll() % 2 == 0});
    pipeline clients(node.port());
    clients.ask_all(all);
    std::size_t protected_ones = 0, open_ones = 0;
    const auto seen = app.requests();
    for (const auto& one : seen) {
        const auto path = one.target.substr(0, one.target.find('?'));
        EXPECT_EQ(fault_of(path), "") << path;
        const bool asked_for_protected = is_protected(path);
        ++(asked_for_protected ? protected_ones : open_ones);
        if (asked_for_protected) {
            EXPECT_EQ(one.joined("X-Sent"), "with") << path;
        }
        // Who was authenticated is told on routes with `auth` only: it shows which route decided.
        EXPECT_EQ(one.joined("X-Consumer-Id"), asked_for_protected ? "acme" : "") << path;
    }
    // All kinds of outcome were there.
    EXPECT_EQ(clients.answers[200], seen.size());
    EXPECT_GT(protected_ones, 200u);
    EXPECT_GT(open_ones, 1000u);
    EXPECT_GT(clients.answers[401], 200u);
    EXPECT_GT(clients.answers[400], 1000u);
}

} // namespace
} // namespace thalamus::test::auth_path_test
