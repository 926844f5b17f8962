#include "config/conflicts.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace thalamus::config {

namespace {

/// Header ("h" + name) and query ("q" + name) conditions by name.
using conditions = std::map<std::string, std::string>;

/// The path without the names of its captures. A canonical literal has no control characters, so \1
/// and \2 are unambiguous.
std::string shape_of(const path_pattern& path) {
    std::string shape;
    for (const auto& segment : path.segments) {
        shape += '/';
        shape += segment.type == pattern_segment::kind::literal   ? segment.text
                 : segment.type == pattern_segment::kind::capture ? "\1"
                                                                  : "\2";
    }
    return shape;
}

conditions conditions_of(const match_settings& match) {
    conditions all;
    for (const auto& header : match.headers) all.emplace("h" + header.name, header.value);
    for (const auto& query : match.query) all.emplace("q" + query.name, query.value);
    return all;
}

bool share_method(const match_settings& a, const match_settings& b) {
    return a.methods.empty() || b.methods.empty() ||
           std::find_first_of(a.methods.begin(), a.methods.end(), b.methods.begin(),
                              b.methods.end()) != a.methods.end();
}

/// Conditions exclude each other only if both name the same header or parameter.
bool can_hold_at_once(const conditions& a, const conditions& b) {
    return std::all_of(a.begin(), a.end(), [&](const auto& condition) {
        const auto other = b.find(condition.first);
        return other == b.end() || other->second == condition.second;
    });
}

/// Routes whose conditions have the same names. These conflict only if all values are equal, so a
/// lookup by values finds them. Every text is preceded by its length, which makes keys unambiguous.
struct group {
    std::vector<std::size_t> routes;
    std::unordered_map<std::string, std::vector<std::size_t>> by_values;
};

/// All routes with the same path shape, host pattern and number of conditions.
using bucket = std::map<std::string, group>; // by the names of the conditions

std::string with_length(const std::string& text) {
    return std::to_string(text.size()) + ":" + text;
}

class finder {
public:
    explicit finder(const std::vector<const match_settings*>& routes) : routes_(routes) {
        for (const auto* route : routes)
            conditions_.push_back(route ? conditions_of(*route) : conditions{});
    }

    /// Adds the route. Returns the first earlier route that conflicts with it at `host` ("" =
    /// none).
    std::optional<std::size_t> add(std::size_t route, const std::string& shape,
                                   const std::string& host) {
        const auto& mine = conditions_[route];
        std::string names, values;
        for (const auto& [name, value] : mine) {
            names += with_length(name);
            values += with_length(value);
        }
        auto& here = buckets_[with_length(shape) + with_length(host) + std::to_string(mine.size())];
        std::optional<std::size_t> first;
        for (auto& [other_names, other] : here)
            for (const auto earlier :
                 other_names == names ? other.by_values[values] : other.routes) {
                if (earlier == route || (first && *first <= earlier) ||
                    !share_method(*routes_[route], *routes_[earlier]) ||
                    !can_hold_at_once(mine, conditions_[earlier]))
                    continue;
                first = earlier;
                break;
            }
        here[names].routes.push_back(route);
        here[names].by_values[values].push_back(route);
        return first;
    }

private:
    const std::vector<const match_settings*>& routes_;
    std::vector<conditions> conditions_;
    std::unordered_map<std::string, bucket> buckets_;
};

} // namespace

std::vector<conflict> find_conflicts(const std::vector<const match_settings*>& routes) {
    std::vector<conflict> found;
    finder all(routes);
    for (std::size_t i = 0; i < routes.size(); ++i) {
        if (!routes[i]) continue;
        const auto shape = shape_of(routes[i]->path);
        std::set<std::string> hosts(routes[i]->hosts.begin(), routes[i]->hosts.end());
        if (hosts.empty()) hosts.insert("");
        std::optional<std::size_t> first;
        for (const auto& host : hosts)
            if (const auto earlier = all.add(i, shape, host);
                earlier && (!first || *earlier < *first))
                first = earlier;
        if (first) found.push_back({i, *first});
    }
    return found;
}

} // namespace thalamus::config
