#pragma once
// The response of an external authorization service (`forward`). Pure; any thread.

#include "config/auth_settings.hpp"
#include "http/head.hpp"

#include <string>
#include <utility>
#include <vector>

namespace thalamus::auth {

struct external_auth_response {
    enum class outcome : unsigned char {
        passed,    ///< 2xx
        refused,   ///< 401
        forbidden, ///< 403
        elsewhere, ///< 302, 303 or 307: the client must sign in there
        unusable   ///< anything else: not a decision
    };
    outcome result = outcome::unusable;
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> copied; ///< passed: names as configured
    std::vector<std::string> challenges;                     ///< refused: from WWW-Authenticate
    std::string location;                                    ///< elsewhere
    std::vector<std::string> cookies; ///< refused, elsewhere: Set-Cookie for the client
    std::string problem;              ///< unusable: for the log
};

external_auth_response read_external_auth_response(const config::forward_settings& settings,
                                                   unsigned status, const http::field_list& fields);

} // namespace thalamus::auth
