#pragma once
// Finds the credential for one auth method in a request. Pure; any thread.

#include "config/auth_settings.hpp"
#include "http/head.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace thalamus::auth {

struct credential {
    enum class kind : unsigned char {
        none,
        one,
        several ///< in two places, or twice in one: ambiguous
    };
    kind type = kind::none;
    std::string_view as_sent; ///< with `one`: points into the request
    std::string decoded;      ///< used instead if it had to be decoded
    std::string_view value() const { return decoded.empty() ? as_sent : decoded; }
    /// The field that is or contains the credential (`part`: one cookie among others); null: in the
    /// query.
    const http::field* in = nullptr;
    bool part = false;
    bool basic = false; ///< user and password: differs from a token or key with the same text
};

/// `query` as received, with or without its "?". The result points into the request.
credential find_credential(const std::vector<config::credential_source>& places,
                           const http::field_list& fields, std::string_view query);

/// The fields that an external service decides by.
struct listed_fields {
    std::vector<const http::field*> all;
    bool several = false; ///< one is present twice; not Cookie, of which every line counts
};
listed_fields find_listed(const std::vector<config::credential_source>& headers,
                          const http::field_list& fields);

} // namespace thalamus::auth
