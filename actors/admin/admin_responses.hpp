#pragma once
// The responses of the admin port. Part of the admin actor.

#include "actors/request/exchange.hpp"

#include <span>
#include <string>
#include <string_view>

namespace thalamus::actors {

inline void respond_json(exchange& ex, unsigned status, std::string text) {
    const http::own_field fields[] = {
        {"Content-Type", "application/json"}, {"Cache-Control", "no-store"}, {"Retry-After", "1"}};
    ex.respond_copy(status, std::span(fields, status == 503 ? 3 : 2), std::move(text));
}

inline void refuse_method(exchange& ex, std::string_view allowed) {
    const http::own_field allow{"Allow", allowed};
    ex.fail(405, "method not allowed", {}, std::span(&allow, 1));
}

} // namespace thalamus::actors
