#pragma once
// Tokens that were verified, by their hash, until they expire: the second request with a token costs no
// signature check. Bounded in number and in the bytes of the tokens: of two generations the older goes
// when the younger is full. Owned by a reactor's authenticator and used on its thread only.

#include "auth/principal.hpp"
#include "policies/digest.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstring>
#include <memory>
#include <vector>

namespace thalamus::auth {

class token_cache {
public:
    using time_point = std::chrono::system_clock::time_point;
    struct bounds {
        std::size_t tokens = 8'000;
        std::size_t bytes = 8 * 1024 * 1024; ///< of tokens; what is remembered of one may take ten times that
    };

    token_cache() = default;
    explicit token_cache(bounds most) : most_(most) {}

    /// Null if it is not known, or not valid any more.
    std::shared_ptr<const principal> find(const policies::sha256_bytes& token, time_point now) {
        if (const auto at = young_.find(token); at != young_.end())
            return now < at->second.who->expires ? at->second.who : nullptr;
        const auto at = old_.find(token);
        if (at == old_.end()) return nullptr;
        const auto known = std::move(at->second);
        old_.erase(at);
        if (now >= known.who->expires) return nullptr;
        add(token, known.who, known.bytes);
        return known.who;
    }
    /// `bytes`: the token's.
    void add(const policies::sha256_bytes& token, std::shared_ptr<const principal> who,
             std::size_t bytes) {
        if (young_.size() >= most_.tokens / 2 || young_bytes_ + bytes > most_.bytes / 2) {
            forget(old_);
            old_ = std::move(young_);
            young_.clear();
            young_bytes_ = 0;
        }
        free_some();
        if (young_.insert_or_assign(token, entry{std::move(who), bytes}).second)
            young_bytes_ += bytes;
    }
    void clear() {
        forget(old_);
        forget(young_);
        old_.clear();
        young_.clear();
        young_bytes_ = 0;
    }
    std::size_t size() const { return young_.size() + old_.size(); }

private:
    struct entry {
        std::shared_ptr<const principal> who;
        std::size_t bytes = 0;
    };
    struct hash {
        using is_avalanching = void;
        std::size_t operator()(const policies::sha256_bytes& of) const {
            std::size_t first = 0;
            std::memcpy(&first, of.data(), sizeof first);
            return first;
        }
    };
    using generation = boost::unordered_flat_map<policies::sha256_bytes, entry, hash>;

    // To free thousands of principals takes milliseconds: some with each that comes.
    void forget(generation& which) {
        if (!forgotten_.empty() && forgotten_.size() + which.size() > most_.tokens)
            forgotten_.clear();
        for (auto& [token, e] : which) forgotten_.push_back(std::move(e.who));
    }
    void free_some() {
        for (int i = 0; i < 4 && !forgotten_.empty(); ++i) forgotten_.pop_back();
    }

    bounds most_;
    generation young_, old_;
    std::size_t young_bytes_ = 0;
    std::vector<std::shared_ptr<const principal>> forgotten_;
};

} // namespace thalamus::auth
