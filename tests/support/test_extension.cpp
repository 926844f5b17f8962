// Linked into thalamus-test instead of app/extension.cpp: POST /test/kill on the admin port ends one
// actor, so that tests can see what that costs.

#include "app/extension.hpp"
#include "app/gateway.hpp"

#include <nlohmann/json.hpp>

namespace thalamus::app {

actors::admin_calls extra_admin_calls(gateway*& node) {
    return {{"POST /test/kill", [&node](std::string_view body) -> std::pair<unsigned, std::string> {
                 const auto call = nlohmann::json::parse(body, nullptr, false);
                 if (!call.is_object() || !call.contains("actor"))
                     return {400, R"({"error":"want {\"actor\": ..., \"reactor\": 0}"})"};
                 const bool found = node->end_actor(call.at("actor").get<std::string>(),
                                                    call.value("reactor", 0u));
                 return {found ? 200 : 404, nlohmann::json{{"killed", found}}.dump()};
             }}};
}

} // namespace thalamus::app
