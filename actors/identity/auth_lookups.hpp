#pragma once
// Asks others whether a request may pass: the issuer about a token that only it can read (RFC 7662), a service
// outside about the request itself. Of a reactor's authenticator, and used on its thread only; handlers, too,
// are called there, never within ask().

#include "actors/request/exchange.hpp"
#include "net/http_client.hpp"
#include "observe/program_log.hpp"
#include "policies/auth/authenticator.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace thalamus::actors {

/// A question that waits for its answer. Owned by whoever asked; its end takes the question back.
class auth_inquiry {
public:
    virtual ~auth_inquiry() = default;
};

class auth_inquiries {
public:
    /// Called once, unless the inquiry ends before; may end it.
    using handler = std::function<void(const auth::finding&)>;

    /// `memory` learns of tokens that are active.
    auth_inquiries(reactor_context& context, auth::authenticator& memory);
    ~auth_inquiries(); ///< after every inquiry

    /// About one token there is one question at a time, whoever shows it; where answers are not to be kept
    /// (`cache: 0s`), each request has its own.
    std::unique_ptr<auth_inquiry> ask(std::size_t way, const auth::token_question& what,
                                      const exchange& about, handler on_answer);
    /// Null if the client's fields cannot be shown to anybody: a safeguard, such a request was refused.
    std::unique_ptr<auth_inquiry> ask(std::size_t way, const auth::outside_question& what,
                                      const exchange& about, handler on_answer);

private:
    class token_call;
    class token_inquiry;
    class outside_inquiry;
    struct server {
        server(net::reactor& home, const config::endpoint& at,
               const net::http_client::settings& how)
            : client(home, at, how) {}
        net::http_client client;
        observe::log_limit failures{1};
    };

    server& server_of(std::size_t way) { return *servers_[way]; }
    /// What a service outside has said.
    auth::finding read(std::size_t way, std::string_view request_id, const net::http_result& came);
    auth::finding unavailable(std::size_t way, std::string_view request_id,
                              std::string_view problem);

    reactor_context& context_;
    auth::authenticator& memory_;
    /// By index into snapshot::auth; null: nobody to ask.
    std::vector<std::unique_ptr<server>> servers_;
    boost::unordered_flat_map<base::sha256_bytes, token_call*, base::digest_hash> asked_;
};

} // namespace thalamus::actors
