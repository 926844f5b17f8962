#pragma once
// What a service outside says of a request that it was asked about (`forward`). Pure; any thread.

#include "config/snapshot.hpp"
#include "http/head.hpp"

#include <string>
#include <utility>
#include <vector>

namespace thalamus::auth {

struct outside_answer {
    enum class outcome : unsigned char {
        passed,    ///< 2xx
        refused,   ///< 401
        forbidden, ///< 403
        elsewhere, ///< 302, 303 or 307: the client is to sign in there
        unusable   ///< anything else is no decision
    };
    outcome what = outcome::unusable;
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> copied; ///< passed: names as configured
    std::vector<std::string> challenges;                     ///< refused: of WWW-Authenticate
    std::string location;                                    ///< elsewhere
    std::vector<std::string> cookies; ///< refused, elsewhere: of Set-Cookie, for the way back
    std::string problem;              ///< unusable: for the log
};

outside_answer read_outside_answer(const config::forward_settings& of, unsigned status,
                                   const http::field_list& fields);

} // namespace thalamus::auth
