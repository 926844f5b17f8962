#pragma once
// Translates set-ups of the Kubernetes Gateway API's conformance tests (HTTPRoute; the format is in
// shared/vectors/gateway-api-routes/README.md) into our configuration, and tells for every request
// whether our language can say what it expects.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace thalamus::test::gateway_api {

/// One of our routes, with what it was made from.
struct translated_route {
    std::size_t rule = 0; ///< position among all rules of the set-up
    std::string path;     ///< pattern of ours
    std::vector<std::string> hosts;
    std::string method; ///< empty = all
    std::vector<std::pair<std::string, std::string>> headers, query;
    std::string action; ///< the rest of the route, as YAML flow text
};

struct translation {
    std::string services; ///< members of `services`, as YAML lines
    /// Routes whose order in the list decides cannot stand in one file of ours ("two routes that
    /// could both win are a load error"): they are spread over several, each free of such pairs.
    std::vector<std::vector<translated_route>> layers;
    std::string not_sayable; ///< why the whole set-up cannot be expressed; empty = it can
};

/// @name@ in the result stands for the address of a backend.
translation translate(const nlohmann::json& set_up);

/// Why one request of a set-up that can be expressed cannot; empty = it can.
std::string not_sayable(const nlohmann::json& set_up, const nlohmann::json& one_case);

/// A complete configuration of one layer.
std::string configuration(const translation& from, std::size_t layer);

/// Whether a layer has a route that a request matches (hosts, path, conditions, method).
bool matches(const translated_route& route, const nlohmann::json& request);

} // namespace thalamus::test::gateway_api
