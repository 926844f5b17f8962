// thalamus-demo-idp: an identity provider (identity_provider.hpp) for the demo and the tests. It
// gives anyone any token, and anyone can switch it off: never expose it.

#include "demo/identity_provider.hpp"
#include "demo/serve.hpp"

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
    using namespace thalamus::demo;
    server_settings server;
    identity_provider_settings provider;
    auto max_age = provider.max_age.count();
    CLI::App app{"An identity provider for demonstrations: JWKS, tokens, introspection, and an "
                 "outside authorizer."};
    app.add_option("--bind", server.address, "address to listen on")->capture_default_str();
    app.add_option("--port", server.port, "port to listen on; 0 = a free one")
        ->capture_default_str();
    app.add_option("--issuer", provider.issuer, "the claim iss (default: http://ADDRESS:PORT)");
    app.add_option("--max-age", max_age, "seconds for which others may cache the published keys")
        ->check(CLI::Range(0, 31'536'000))
        ->capture_default_str();
    app.add_option("--algorithms", provider.algorithms, "one key each; the first is the default")
        ->delimiter(',')
        ->check(CLI::IsMember({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
                               "ES384", "ES512", "EdDSA"}))
        ->capture_default_str();
    app.add_option("--client-id", provider.client_id, "user name for introspection")
        ->capture_default_str();
    app.add_option("--client-secret", provider.client_secret, "password for introspection")
        ->capture_default_str();
    app.add_option("--most-tokens", provider.most_tokens,
                   "tokens kept; one that is forgotten counts as not active")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    provider.max_age = std::chrono::seconds(max_age);

    identity_provider served(provider);
    server.name = served.name();
    return serve("thalamus-demo-idp", server, served, [&](std::uint16_t port) {
        if (!provider.issuer.empty()) return;
        const bool six = server.address.find(':') != std::string::npos; // RFC 3986 section 3.2.2
        served.set_issuer("http://" + (six ? "[" + server.address + "]" : server.address) + ":" +
                          std::to_string(port));
    });
}
