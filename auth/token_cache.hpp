#pragma once
// Tokens that were verified, by their hash, until they expire: the second request with a token costs no
// signature check. Bounded: of two generations the older goes when the younger is full. Owned by a
// reactor's authenticator and used on its thread only.

#include "auth/principal.hpp"
#include "policies/digest.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstring>
#include <memory>

namespace thalamus::auth {

class token_cache {
public:
    using time_point = std::chrono::system_clock::time_point;

    explicit token_cache(std::size_t most = 8'000) : half_(most / 2) {}

    /// Null if it is not known, or not valid any more.
    std::shared_ptr<const principal> find(const policies::sha256_bytes& token, time_point now) {
        if (const auto at = young_.find(token); at != young_.end()) return valid(at->second, now);
        const auto at = old_.find(token);
        if (at == old_.end()) return nullptr;
        auto who = valid(at->second, now);
        old_.erase(at);
        if (who) add(token, who);
        return who;
    }
    void add(const policies::sha256_bytes& token, std::shared_ptr<const principal> who) {
        if (young_.size() >= half_) {
            old_ = std::move(young_);
            young_.clear();
        }
        young_[token] = std::move(who);
    }
    std::size_t size() const { return young_.size() + old_.size(); }

private:
    struct hash {
        using is_avalanching = void;
        std::size_t operator()(const policies::sha256_bytes& of) const {
            std::size_t first = 0;
            std::memcpy(&first, of.data(), sizeof first);
            return first;
        }
    };
    static std::shared_ptr<const principal> valid(const std::shared_ptr<const principal>& who,
                                                  time_point now) {
        return now < who->expires ? who : nullptr;
    }

    const std::size_t half_;
    boost::unordered_flat_map<policies::sha256_bytes, std::shared_ptr<const principal>, hash>
        young_, old_;
};

} // namespace thalamus::auth
