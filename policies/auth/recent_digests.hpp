#pragma once
// What is known about recently seen secrets, by their digest. Bounded in number and weight with two
// generations: when the younger is full, the older is dropped; entries that are used move to the
// younger. The digest must be SHA-256 or as good, because its first bytes serve as the hash. One
// thread.

#include "base/digest.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <utility>
#include <vector>

namespace thalamus::auth {

template <class Value>
class recent_digests {
public:
    explicit recent_digests(std::size_t most,
                            std::size_t most_weight = static_cast<std::size_t>(-1))
        : half_(most / 2),
          half_weight_(most_weight / 2) {}

    /// Null if unknown. Valid until the next call.
    const Value* find(const base::sha256_bytes& digest) {
        if (const auto found = young_.find(digest); found != young_.end())
            return &found->second.value;
        const auto found = old_.find(digest);
        if (found == old_.end()) return nullptr;
        auto known = std::move(found->second);
        old_.erase(found);
        return add(digest, std::move(known.value), known.weight);
    }
    const Value* add(const base::sha256_bytes& digest, Value value, std::size_t weight = 0) {
        if ((young_.size() >= half_ && !young_.contains(digest)) ||
            weight_ + weight > half_weight_) {
            forget(old_);
            old_ = std::move(young_);
            young_.clear();
            weight_ = 0;
        }
        // Freeing thousands of values at once would stall the reactor: free a few with each new
        // one.
        for (int i = 0; i < 4 && !forgotten_.empty(); ++i) forgotten_.pop_back();
        auto& entry = young_[digest];
        weight_ += weight - entry.weight;
        entry = {std::move(value), weight};
        return &entry.value;
    }
    void erase(const base::sha256_bytes& digest) {
        if (const auto found = young_.find(digest); found != young_.end()) {
            weight_ -= found->second.weight;
            young_.erase(found);
        }
        old_.erase(digest);
    }
    void clear() {
        forget(old_);
        forget(young_);
        weight_ = 0;
    }
    std::size_t size() const { return young_.size() + old_.size(); }

private:
    struct entry {
        Value value{};
        std::size_t weight = 0;
    };
    using generation = boost::unordered_flat_map<base::sha256_bytes, entry, base::digest_hash>;

    void forget(generation& generation) {
        if (forgotten_.size() > half_) forgotten_.clear(); // added faster than freed
        for (auto& [digest, e] : generation) forgotten_.push_back(std::move(e.value));
        generation.clear();
    }

    const std::size_t half_, half_weight_;
    generation young_, old_;
    std::size_t weight_ = 0; // of the younger generation
    std::vector<Value> forgotten_;
};

} // namespace thalamus::auth
