#pragma once
// Verified tokens by their hash, until they expire: the second request with a token needs no
// signature check. Owned by a reactor's authenticator and used on its thread only.

#include "policies/auth/principal.hpp"
#include "policies/auth/recent_digests.hpp"

#include <memory>
#include <utility>

namespace thalamus::auth {

class token_cache {
public:
    using time_point = std::chrono::system_clock::time_point;
    struct bounds {
        std::size_t tokens = 8'000;
        /// Size of the tokens; what is remembered about one may take ten times that.
        std::size_t bytes = 8 * 1024 * 1024;
    };

    token_cache() : token_cache(bounds{}) {}
    explicit token_cache(bounds most) : tokens_(most.tokens, most.bytes) {}

    /// Null if unknown or expired.
    std::shared_ptr<const principal> find(const base::sha256_bytes& token, time_point now) {
        const auto* found = tokens_.find(token);
        if (!found) return nullptr;
        if (now < (*found)->expires) return *found;
        tokens_.erase(token);
        return nullptr;
    }
    /// `bytes`: size of the token.
    void add(const base::sha256_bytes& token, std::shared_ptr<const principal> principal,
             std::size_t bytes) {
        tokens_.add(token, std::move(principal), bytes);
    }
    void clear() { tokens_.clear(); }
    std::size_t size() const { return tokens_.size(); }

private:
    recent_digests<std::shared_ptr<const principal>> tokens_;
};

} // namespace thalamus::auth
