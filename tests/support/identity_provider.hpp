#pragma once
// The program thalamus-demo-idp (demo/identity_provider.hpp), run on a port of its own. Starts in
// the constructor, answers when that returns, and is killed by the destructor.

#include "tests/support/ports.hpp"
#include "tests/support/process.hpp"
#include "tests/support/raw_client.hpp"

#include <memory>
#include <nlohmann/json.hpp>

namespace thalamus::test {

class identity_provider {
public:
    /// `options` as the program takes them: {"--max-age", "1"}; not --port.
    explicit identity_provider(std::vector<std::string> options = {});

    /// Ends it, as its host would: connections are refused. @throws timed_out
    void stop();
    /// Again, on the same port, after stop(): new keys, nothing known of earlier tokens.
    void start();
    process& program() { return *program_; }

    std::uint16_t port() const { return port_.number(); }
    std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
    std::string issuer() const { return "http://" + address(); } ///< unless an option says other

    /// One request on a connection of its own.
    response ask(std::string_view method, std::string_view target,
                 const std::vector<field>& fields = {}, std::string_view body = {}) const;
    std::string published_keys() const { return ask("GET", "/jwks.json").body; }

    /// @throws test_error unless the answer is 200, like all below
    std::string token(const nlohmann::json& wanted = nlohmann::json::object()) const;
    void rotate(bool retire) const;
    void down(bool is_down) const;
    void revoke(const std::string& token) const;
    /// Requests by endpoint: "jwks", "token", "introspect", "check".
    nlohmann::json statistics() const;

private:
    nlohmann::json demand(std::string_view method, std::string_view target,
                          const nlohmann::json& body = {}) const;

    reserved_port port_;
    std::vector<std::string> options_;
    std::unique_ptr<process> program_;
};

} // namespace thalamus::test
