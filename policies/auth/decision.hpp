#pragma once
// What policies/auth/authenticator says of a request, and the questions that it has before it can. Values.

#include "policies/auth/outside.hpp"
#include "policies/auth/passwords.hpp"
#include "policies/auth/reason.hpp"
#include "policies/auth/requirements.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace thalamus::auth {

struct decision {
    enum class outcome : unsigned char {
        passed,
        anonymous,  ///< without a credential, where that is allowed
        missing,    ///< 401: no credential
        bad,        ///< 401: one that does not count
        forbidden,  ///< 403
        unavailable ///< 503: what is needed to decide is not to be had
    };
    outcome what = outcome::passed;
    std::shared_ptr<const principal> who; ///< passed, forbidden
    /// Which way decided, an index into snapshot::auth; none if no credential was found, and nobody asked.
    std::size_t way = none;
    reason why = reason::none;  ///< not passed
    std::optional<unmet> lacks; ///< forbidden by the route's `require`
    bool remembered = false;    ///< passed: the token was verified before
    /// Not passed, and a service outside said so: what the client is to be told.
    std::shared_ptr<const outside_answer> outside = nullptr;

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    bool may_pass() const { return what <= outcome::anonymous; }
};

/// Has the issuer other keys?
struct keys_question {};
/// What is a token worth, that only its issuer can read?
struct token_question {
    base::sha256_bytes name{}; ///< of token and way
    std::string token;
};
/// May this request pass? What the service outside gets of the client's fields.
struct outside_question {
    std::vector<std::pair<std::string, std::string>> fields;
};

/// What must be found out before a request can be decided.
struct question {
    std::size_t way = 0; ///< an index into snapshot::auth
    std::variant<keys_question, password_question, token_question, outside_question> what;
};

/// What came of a question.
struct finding {
    enum class outcome : unsigned char {
        looked_up, ///< the authenticator knows all that is to be known
        passed,
        refused,
        forbidden,
        unavailable
    };
    std::size_t way = 0;
    outcome what = outcome::looked_up;
    std::shared_ptr<const principal> who; ///< passed
    reason why = reason::none;            ///< refused, forbidden, unavailable
    /// Of the service that refused or forbade.
    std::shared_ptr<const outside_answer> outside = nullptr;
};

} // namespace thalamus::auth
