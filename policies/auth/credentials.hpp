#pragma once
// Finds the credential of one way in a request. Pure; any thread.

#include "config/snapshot.hpp"
#include "http/head.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace thalamus::auth {

struct credential {
    enum class kind : unsigned char {
        none,
        one,
        several ///< in two places, or twice in one: nobody can say which is meant
    };
    kind type = kind::none;
    std::string_view as_sent; ///< with `one`: in the request
    std::string decoded;      ///< instead, where it had to be decoded
    std::string_view value() const { return decoded.empty() ? as_sent : decoded; }
    /// Which field it is, or stands in (`part`: a cookie among others); null: in the query.
    const http::field* in = nullptr;
    bool part = false;
    bool basic = false; ///< user and password: as a token or key the same text is something else
};

/// `query` as received, with or without its "?". The result points into the request.
credential find_credential(const std::vector<config::credential_source>& places,
                           const http::field_list& fields, std::string_view query);

/// What a service outside decides by.
struct listed_fields {
    std::vector<const http::field*> all;
    bool several = false; ///< one is there twice, and is not Cookie, of which each line counts
};
listed_fields find_listed(const std::vector<config::credential_source>& headers,
                          const http::field_list& fields);

} // namespace thalamus::auth
