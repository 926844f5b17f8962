// docs/configuration.md names the keys of the code, with their defaults and ranges. The keys come
// from the problem that an unknown key gives, defaults and ranges from the descriptions.

#include "config/auth_description.hpp"
#include "config/block_writer.hpp"
#include "config/cluster_description.hpp"
#include "config/gateway_description.hpp"
#include "config/rate_limits_description.hpp"
#include "config/services_description.hpp"
#include "config/store_description.hpp"
#include "tests/config/problem_rows.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace thalamus::config::documentation_test {
namespace {

using json = nlohmann::ordered_json;
using keys = std::set<std::string>;

std::string replaced(const std::string& text, const char* pattern, const char* by) {
    return std::regex_replace(text, std::regex(pattern), by);
}

/// A row of a table, one for each key in its first cell.
struct documented_key {
    std::string section; ///< the heading above, or words in bold at the beginning of a line
    std::string name, default_text, meaning;
};

class documentation {
public:
    documentation() {
        std::ifstream in(test::source_path("docs/configuration.md"));
        EXPECT_TRUE(in);
        std::string section;
        std::smatch found;
        for (std::string line; std::getline(in, line);) {
            if (std::regex_search(line, found, std::regex("^(?:##+ (.*)|\\*\\*([^*]*)\\.\\*\\*)")))
                section = found.str(1) + found.str(2);
            texts_[section] += line + "\n";
            if (std::regex_match(line, found, std::regex("\\| (`.*`) \\|(.*)\\| (.*) \\|")))
                add_row(section, found.str(1), found.str(2), found.str(3));
        }
    }

    const std::vector<documented_key>& rows() const { return rows_; }

    const documented_key* row(const std::string& section, const std::string& name) const {
        for (const auto& row : rows_)
            if (row.section == section && row.name == name) return &row;
        return nullptr;
    }

    /// The keys in the tables of a section that begin with `prefix`, without it.
    keys with_prefix(const std::string& section, const std::string& prefix) const {
        keys names;
        for (const auto& row : rows_)
            if (row.section == section && row.name.starts_with(prefix))
                names.insert(replaced(row.name.substr(prefix.size()), "[.\\[].*", ""));
        return names;
    }

    /// The block that the text about a key shows: "{max: 256, idle: 60s}".
    std::string shown_block(const std::string& section, const std::string& key) const {
        const auto& text = texts_.at(section);
        const std::string block = "`(\\{[^`]*\\})`";
        const std::regex in_item("\n- `" + key + "`(?:(?!\n *- )[^{])*" + block),
            in_table("\n\\| `" + key + "` \\|[^\n{]*" + block);
        std::smatch found;
        EXPECT_TRUE(std::regex_search(text, found, in_item) ||
                    std::regex_search(text, found, in_table))
            << section << ": " << key;
        return replaced(found.str(1), "\\s+", " ");
    }

    /// The text of the item of a list that begins with the key.
    std::string item(const std::string& section, const std::string& key) const {
        const auto& text = texts_.at(section);
        std::smatch found;
        return std::regex_search(text, found, std::regex("\n *- `" + key + "`([^\n]*)"))
                   ? found.str(1)
                   : "";
    }

private:
    void add_row(const std::string& section, std::string names, const std::string& default_text,
                 const std::string& meaning) {
        names = replaced(names, "`", "");
        std::istringstream list(names);
        for (std::string name; std::getline(list >> std::ws, name, ',');)
            rows_.push_back({section, name, replaced(default_text, "`|^ +| +$", ""), meaning});
    }

    std::vector<documented_key> rows_;
    std::map<std::string, std::string> texts_;
};

const documentation& docs() {
    static const documentation all;
    return all;
}

/// The keys of a block such as "{max: 256, on: [a, b], to}".
keys keys_in(const std::string& block) {
    keys names;
    int depth = 0;
    std::string name;
    bool in_name = true;
    for (const char c : block) {
        if (depth == 1 && (c == ',' || c == '}' || c == ':') && in_name && !name.empty()) {
            names.insert(name);
            in_name = false;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        if (depth == 1 && (c == ',' || c == '{')) in_name = true, name.clear();
        else if (depth == 1 && in_name && c != ' ') name += c;
    }
    return names;
}

/// The known keys of the block in which `yaml` has the key `unknown_key`.
keys known_keys(const std::string& yaml) {
    const memory outside{{{"gateway.yaml", yaml}}, {}};
    for (const auto& problem : outside.load().problems) {
        const std::string known = "known keys: ";
        if (!problem.path.ends_with("unknown_key") || !problem.hint.starts_with(known)) continue;
        keys names;
        std::istringstream list(problem.hint.substr(known.size()));
        for (std::string name; std::getline(list >> std::ws, name, ',');) names.insert(name);
        return names;
    }
    ADD_FAILURE() << "no unknown key in " << yaml << listed(problems_of(outside));
    return {};
}

TEST(documentation, has_the_keys_of_each_table) {
    const struct {
        const char *section, *prefix;
        std::string yaml;
    } blocks[] = {
        {"The node", "node.", "node: {unknown_key: 1}"},
        {"The node", "listen[].", "listen: [{unknown_key: 1}]"},
        {"The node", "admin.", "admin: {unknown_key: 1}"},
        {"The node", "limits.", "limits: {unknown_key: 1}"},
        {"The node", "timeouts.", "timeouts: {unknown_key: 1}"},
        {"The node", "log.", "log: {unknown_key: 1}"},
        {"The node", "log.access.", "log: {access: {unknown_key: 1}}"},
        {"cluster", "", "cluster: {unknown_key: 1}"},
        {"store", "", "store: {unknown_key: 1}"},
        {"jwt", "", "auth: {a: {jwt: {unknown_key: 1}}}"},
        {"Keys at a URL", "", "auth: {a: {jwt: {jwks: {unknown_key: 1}}}}"},
        {"introspection", "", "auth: {a: {introspection: {unknown_key: 1}}}"},
        {"forward", "", "auth: {a: {forward: {unknown_key: 1}}}"},
        {"rate_limits", "", "rate_limits: {a: {unknown_key: 1}}"},
        {"services", "", "services: {a: {unknown_key: 1}}"},
        {"routes", "", "routes: [{unknown_key: 1}]"},
        {"routes", "match.", "routes: [{match: {unknown_key: 1}}]"},
    };
    for (const auto& block : blocks)
        EXPECT_EQ(docs().with_prefix(block.section, block.prefix), known_keys(block.yaml))
            << block.section << " " << block.prefix;
}

TEST(documentation, has_the_keys_of_each_block_in_a_text) {
    const struct {
        const char *section, *key;
        std::string yaml;
    } blocks[] = {
        {"cluster", "tls", "cluster: {tls: {unknown_key: 1}}"},
        {"jwt", "keys", "auth: {a: {jwt: {keys: {unknown_key: 1}}}}"},
        {"services", "connections", with_service_key("connections: {unknown_key: 1}")},
        {"services", "health", with_service_key("health: {unknown_key: 1}")},
        {"services", "outlier", with_service_key("outlier: {unknown_key: 1}")},
        {"services", "retry", with_service_key("retry: {unknown_key: 1}")},
        {"routes", "rewrite", with_route_key("rewrite: {unknown_key: 1}")},
        {"routes", "request_headers", with_route_key("request_headers: {unknown_key: 1}")},
        {"routes", "cors", with_route_key("cors: {unknown_key: 1}")},
        {"routes", "require", with_route_key("require: {unknown_key: 1}")},
        {"routes", "split", with_action("split: {unknown_key: 1}")},
        {"routes", "redirect", with_action("redirect: {unknown_key: 1}")},
    };
    for (const auto& [section, key, yaml] : blocks)
        EXPECT_EQ(keys_in(docs().shown_block(section, key)), known_keys(yaml)) << key;
}

TEST(documentation, shows_service_blocks_with_their_defaults) {
    const auto service = [](const std::string& line) {
        return json::parse(must_load(with_service_key(line))->effective)["services"]["users"];
    };
    for (const std::string key : {"connections", "health", "outlier", "retry"})
        EXPECT_EQ(service(key + ": " + docs().shown_block("services", key))[key],
                  service(key + ": {}")[key])
            << key;
}

/// Visits a description: which keys it has, which are required, and their ranges as text.
class key_collector {
public:
    static constexpr bool reads = false;
    struct key {
        std::string name;
        bool required = false;
        std::string least = "", most = ""; ///< empty if it has no range
    };
    std::vector<key> found;

    void text(const char* name, auto&, const char* hint_if_missing = nullptr) {
        found.push_back({name, hint_if_missing != nullptr});
    }
    void secret(const char* name, auto&, const char* hint_if_missing = nullptr) {
        found.push_back({name, hint_if_missing != nullptr});
    }
    void name(const char* name, auto&, const char*, const char* hint_if_missing = nullptr) {
        found.push_back({name, hint_if_missing != nullptr});
    }
    void boolean(const char* name, auto&) { found.push_back({name}); }
    void percent(const char* name, auto&) { found.push_back({name}); }
    void duration(const char* name, auto&, milliseconds least = milliseconds(1),
                  milliseconds most = longest_duration) {
        found.push_back({name, false, to_text(least), to_text(most)});
    }
    void size(const char* name, auto&, std::uint64_t least, std::uint64_t most) {
        found.push_back({name, false, size_to_text(least), size_to_text(most)});
    }
    void integer(const char* name, auto&, std::uint64_t least, std::uint64_t most,
                 const char* = "") {
        found.push_back({name, false, std::to_string(least), std::to_string(most)});
    }
    template <class Enum>
    void choice(const char* name, Enum&, std::initializer_list<std::pair<std::string_view, Enum>>) {
        found.push_back({name});
    }
    void value(const char* name, auto&, auto, const char* hint_if_missing = nullptr) {
        found.push_back({name, hint_if_missing != nullptr});
    }
    void list(const char* name, auto&, auto, const char* hint_if_missing = nullptr) {
        found.push_back({name, hint_if_missing != nullptr});
    }
    template <class T>
    void custom(const char* name, T&, reading<T>, writing<T>,
                const char* hint_if_missing = nullptr) {
        found.push_back({name, hint_if_missing != nullptr});
    }
    template <class T>
    void part(T&, part_reading<T>, part_writing<T>) {}
    void nested(const char* name, auto&&, const char* = "") { found.push_back({name}); }
    void optional(const char* name, auto&, const char* = "") { found.push_back({name}); }
    bool has_word(const char*, const char*) const { return false; }
    void not_yet(std::initializer_list<std::string_view>) {}
};

template <class Settings>
std::vector<key_collector::key> described_keys(Settings settings) {
    key_collector collector;
    describe(collector, settings);
    return collector.found;
}

template <class Settings>
json defaults_of(const Settings& settings) {
    json value;
    block_writer(value, true).members(settings);
    return value;
}

/// How the documentation may write a default.
std::vector<std::string> default_texts(const json& value) {
    if (value.is_object()) return {"on", "see below"};
    if (value.is_array()) {
        std::string list;
        for (const auto& element : value)
            list += (list.empty() ? "" : ", ") + element.get<std::string>();
        return {list.empty() ? "none" : "[" + list + "]", list};
    }
    if (value == "") return {"none"};
    if (value == "off") return {"off", "none"};
    return {value.is_string() ? value.get<std::string>() : value.dump()};
}

/// A table of the documentation is about these settings.
template <class Settings>
void compare_table(const std::string& section, const std::string& prefix) {
    const auto defaults = defaults_of(Settings{});
    for (const auto& key : described_keys(Settings{})) {
        const auto* row = docs().row(section, prefix + key.name);
        if (!row) continue; // keys are compared elsewhere; this one has a table of its own
        const auto duration = to_duration(row->default_text); // 60s is 1m
        const auto text = duration ? to_text(*duration) : row->default_text;
        if (key.name == "burst") continue; // its default is another key
        const auto texts =
            key.required ? std::vector<std::string>{"required"} : default_texts(defaults[key.name]);
        EXPECT_THAT(texts, testing::Contains(testing::StrCaseEq(text))) << row->name;
    }
}

TEST(documentation, has_the_defaults) {
    compare_table<admin_settings>("The node", "admin.");
    compare_table<limit_settings>("The node", "limits.");
    compare_table<timeout_settings>("The node", "timeouts.");
    compare_table<log_settings>("The node", "log.");
    compare_table<cluster_settings>("cluster", "");
    compare_table<store_settings>("store", "");
    compare_table<key_url_settings>("Keys at a URL", "");
    compare_table<jwt_settings>("jwt", "");
    compare_table<introspection_settings>("introspection", "");
    compare_table<forward_settings>("forward", "");
    compare_table<rate_limit_settings>("rate_limits", "");
    compare_table<service_settings>("services", "");
}

template <class Settings>
void compare_ranges(const std::string& section, const std::string& prefix) {
    const std::regex range("(\\d\\w*) to (\\d\\w*)"), at_least("at least (\\d\\w*)");
    for (const auto& key : described_keys(Settings{})) {
        if (key.least.empty()) continue;
        const auto* row = docs().row(section, prefix + key.name);
        const auto text = row ? row->meaning : docs().item(section, key.name);
        std::smatch found;
        if (std::regex_search(text, found, range)) {
            EXPECT_EQ(found.str(1), key.least) << key.name;
            EXPECT_EQ(found.str(2), key.most) << key.name;
        } else if (std::regex_search(text, found, at_least)) {
            EXPECT_EQ(found.str(1), key.least) << key.name;
        }
        // As the section on durations promises.
        const bool documented = std::regex_search(text, std::regex("\\b0s"));
        EXPECT_EQ(key.least == "0s", documented) << key.name << ": " << text;
    }
}

TEST(documentation, has_the_ranges) {
    compare_ranges<node_settings>("The node", "node.");
    compare_ranges<limit_settings>("The node", "limits.");
    compare_ranges<timeout_settings>("The node", "timeouts.");
    compare_ranges<cluster_settings>("cluster", "");
    compare_ranges<store_settings>("store", "");
    compare_ranges<key_url_settings>("Keys at a URL", "");
    compare_ranges<jwt_settings>("jwt", "");
    compare_ranges<introspection_settings>("introspection", "");
    compare_ranges<forward_settings>("forward", "");
    compare_ranges<rate_limit_settings>("rate_limits", "");
    compare_ranges<service_settings>("services", "");
    compare_ranges<retry_settings>("services", "");
}

} // namespace
} // namespace thalamus::config::documentation_test
