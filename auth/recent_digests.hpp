#pragma once
// What is known of secrets lately seen, by their digest. Bounded: of two generations the older goes when the
// younger is full; what is used moves to the younger. Digests must be of SHA-256 or as good: their first bytes
// are their hash. One thread.

#include "policies/digest.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstring>
#include <utility>

namespace thalamus::auth {

template <class Value>
class recent_digests {
public:
    explicit recent_digests(std::size_t most) : half_(most / 2) {}

    /// Null if it is not known. Valid until the next call.
    const Value* find(const policies::sha256_bytes& digest) {
        if (const auto at = young_.find(digest); at != young_.end()) return &at->second;
        const auto at = old_.find(digest);
        if (at == old_.end()) return nullptr;
        auto value = std::move(at->second);
        old_.erase(at);
        return add(digest, std::move(value));
    }
    const Value* add(const policies::sha256_bytes& digest, Value value) {
        if (young_.size() >= half_ && !young_.contains(digest)) {
            old_ = std::move(young_);
            young_.clear();
        }
        return &(young_[digest] = std::move(value));
    }
    void erase(const policies::sha256_bytes& digest) {
        young_.erase(digest);
        old_.erase(digest);
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
    const std::size_t half_;
    boost::unordered_flat_map<policies::sha256_bytes, Value, hash> young_, old_;
};

} // namespace thalamus::auth
