#pragma once
// Tokens that were verified, by their hash, until they expire: the second request with a token costs no
// signature check. Owned by a reactor's authenticator and used on its thread only.

#include "auth/principal.hpp"
#include "auth/recent_digests.hpp"

#include <memory>
#include <utility>

namespace thalamus::auth {

class token_cache {
public:
    using time_point = std::chrono::system_clock::time_point;

    explicit token_cache(std::size_t most = 8'000) : tokens_(most) {}

    /// Null if it is not known, or not valid any more.
    std::shared_ptr<const principal> find(const policies::sha256_bytes& token, time_point now) {
        const auto* who = tokens_.find(token);
        if (!who) return nullptr;
        if (now < (*who)->expires) return *who;
        tokens_.erase(token);
        return nullptr;
    }
    void add(const policies::sha256_bytes& token, std::shared_ptr<const principal> who) {
        tokens_.add(token, std::move(who));
    }
    std::size_t size() const { return tokens_.size(); }

private:
    recent_digests<std::shared_ptr<const principal>> tokens_;
};

} // namespace thalamus::auth
