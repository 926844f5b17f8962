#pragma once
// The simplest gateway: every path goes to one target.

#include "tests/support/gateway.hpp"

namespace thalamus::test {

struct plain_gateway : gateway {
    /// `sections` are further top-level sections (limits, timeouts, ...), `service` and `route`
    /// further keys of the service and the route, each as ", key: value".
    explicit plain_gateway(const recording_target& target, std::string_view sections = {},
                           std::string_view service = {}, std::string_view route = {},
                           const gateway_options& options = {})
        : gateway(std::string(sections) + "\nservices: {app: {targets: [\"http://@app@\"]" +
                      std::string(service) +
                      "}}\nroutes: [{id: all, match: {path: \"/{rest...}\"}, " + "service: app" +
                      std::string(route) + "}]\n",
                  {{"app", target.address()}}, options) {}
};

} // namespace thalamus::test
