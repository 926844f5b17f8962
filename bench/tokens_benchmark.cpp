// The cost of verifying a token for the first time: build/release/tokens_benchmark. `verify` is the
// whole (head, key, signature, claims), `signature` is OpenSSL's part of it, with the same key.

#include "demo/signing_key.hpp"
#include "policies/auth/token.hpp"

#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <ctime>
#include <vector>

namespace {

using namespace thalamus;
using nlohmann::json;

struct issuer {
    explicit issuer(const char* name)
        : key(name, "k1"),
          keys(std::get<auth::key_set>(auth::parse_key_set(json{{"keys", {key.jwk()}}}.dump()))) {
        rules.issuer = "https://idp.example";
        rules.audience = {"api"};
        rules.algorithms = {*auth::algorithm_named(name)};
        for (int i = 0; i < 64; ++i)
            tokens.push_back(key.token({{"iss", rules.issuer},
                                        {"aud", "api"},
                                        {"sub", "user-" + std::to_string(i)},
                                        {"scope", "users.read users.write"},
                                        {"exp", std::time(nullptr) + 86'400}}));
    }
    demo::signing_key key;
    auth::key_set keys;
    auth::token_rules rules;
    std::vector<std::string> tokens;
};

void verify(benchmark::State& state, const char* algorithm) {
    const issuer issuer(algorithm);
    const auto now = std::chrono::system_clock::now();
    std::size_t next = 0;
    for (auto _ : state) {
        auto verdict = auth::verify_token(issuer.tokens[next++ % issuer.tokens.size()],
                                          issuer.rules, issuer.keys, now);
        if (!std::holds_alternative<auth::token_claims>(verdict)) state.SkipWithError("refused");
        benchmark::DoNotOptimize(verdict);
    }
}

void signature(benchmark::State& state, const char* algorithm) {
    const issuer issuer(algorithm);
    const auto& key = issuer.keys.keys.front();
    const auto id = issuer.rules.algorithms.front();
    const std::string text(200, 'x'), made = issuer.key.sign(text);
    for (auto _ : state)
        if (!key.verify(id, text, made)) state.SkipWithError("refused");
}

BENCHMARK_CAPTURE(verify, RS256, "RS256");
BENCHMARK_CAPTURE(signature, RS256, "RS256");
BENCHMARK_CAPTURE(verify, ES256, "ES256");
BENCHMARK_CAPTURE(signature, ES256, "ES256");
BENCHMARK_CAPTURE(verify, EdDSA, "EdDSA");
BENCHMARK_CAPTURE(signature, EdDSA, "EdDSA");

} // namespace

BENCHMARK_MAIN();
