#pragma once
// The value that `hash_on` and `split.on` take from an exchange, as a number that is the same on
// every node.

#include "actors/request/exchange.hpp"
#include "base/stable_hash.hpp"
#include "http/cookie.hpp"

namespace thalamus::actors {

/// A missing header or cookie counts as empty, so that requests without it stay together.
inline std::uint64_t balancing_key(const exchange& of, const config::hash_source& source) {
    const auto& fields = of.head().fields;
    switch (source.type) {
    case config::hash_source::kind::header:
        return base::stable_hash(http::find(fields, source.name));
    case config::hash_source::kind::cookie:
        return base::stable_hash(http::find_cookie(fields, source.name));
    case config::hash_source::kind::path: return base::stable_hash(of.uri.path);
    case config::hash_source::kind::principal:
        if (of.principal && !of.principal->id.empty()) return base::stable_hash(of.principal->id);
        break; // not authenticated: use the client address
    case config::hash_source::kind::client_ip: break;
    }
    return base::stable_hash(of.client_text.view());
}

} // namespace thalamus::actors
