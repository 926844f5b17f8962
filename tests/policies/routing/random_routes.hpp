#pragma once
// Random tables of routes, and requests that often fit them.

#include "tests/policies/routing/routes.hpp"

#include <initializer_list>
#include <random>

namespace thalamus::routing {

inline std::string one_of(std::mt19937_64& random, std::initializer_list<std::string_view> list) {
    return std::string(list.begin()[random() % list.size()]);
}

inline std::vector<config::route_settings> make_random_routes(std::mt19937_64& random) {
    const auto any = [&](std::initializer_list<std::string_view> list) {
        return one_of(random, list);
    };
    std::vector<config::route_settings> list;
    for (auto n = random() % 40; n > 0; --n) {
        std::string pattern;
        const auto depth = random() % 4;
        for (std::size_t i = 0; i < depth; ++i)
            pattern +=
                "/" + (random() % 3 == 0 ? "{c" + std::to_string(i) + "}" : any({"a", "b", "cc"}));
        if (pattern.empty() || random() % 4 == 0) pattern += random() % 2 == 0 ? "/" : "/{rest...}";
        auto r = make_route(pattern);
        r.id = "r" + std::to_string(list.size());
        for (auto m = random() % 3; m > 0; --m)
            r.match.methods.push_back(any({"GET", "POST", "PUT", "PURGE"}));
        for (auto m = random() % 3; m > 0; --m)
            r.match.hosts.push_back(any({"h.x", "g.h.x", "*.x", "*.h.x", "other"}));
        for (auto m = random() % 2; m > 0; --m)
            r.match.headers.push_back({any({"x-a", "x-b"}), any({"1", "2"})});
        for (auto m = random() % 2; m > 0; --m)
            r.match.query.push_back({any({"p", "q"}), any({"1", "2"})});
        list.push_back(std::move(r));
    }
    return list;
}

struct random_request {
    std::string method, host, path = "/", query;
    name_values fields;

    explicit random_request(std::mt19937_64& random) {
        const auto any = [&](std::initializer_list<std::string_view> list) {
            return one_of(random, list);
        };
        method = any({"GET", "HEAD", "POST", "PUT", "DELETE", "PURGE", "LINK"});
        host = any({"h.x", "H.x:80", "g.h.x.", "k.h.x", "x", "other", "none", ""});
        for (auto n = random() % 5; n > 0; --n)
            path += any({"a", "b", "cc", "d", "a/", "b/", "cc/"});
        for (auto p = path.find("//"); p != path.npos; p = path.find("//")) path.erase(p, 1);
        query = any({"", "?p=1", "?p=2&q=1", "?q=2&p=1"});
        if (random() % 2 == 0) fields.emplace_back("x-a", any({"1", "2"}));
        if (random() % 2 == 0) fields.emplace_back("x-b", any({"1", "2"}));
    }
};

} // namespace thalamus::routing
