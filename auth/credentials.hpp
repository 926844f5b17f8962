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
    std::string value; ///< with `one`; not empty
};

/// `query` as received, with or without its "?".
credential find_credential(const std::vector<config::credential_source>& places,
                           const http::field_list& fields, std::string_view query);

} // namespace thalamus::auth
