#pragma once
// Values with a lifetime, in this node's memory, bounded in number and bytes. Any thread.

#include "base/keyed_hash.hpp"

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::store {

class value_table {
public:
    static constexpr std::size_t stripes = 16;
    struct bounds {
        std::size_t values = std::size_t{1} << 18;
        std::size_t bytes = std::size_t{64} << 20; ///< of keys and values
    };
    explicit value_table(bounds most) : most_(most) {}

    /// Times are in microseconds of the caller's clock.
    std::optional<std::string> get(std::string_view key, std::int64_t now);
    /// False if there is no room: unexpired values are never dropped for new ones.
    bool put(std::string_view key, std::string_view value, std::int64_t now, std::int64_t ends);
    void erase(std::string_view key);

    std::size_t size() const { return values_.load(std::memory_order_relaxed); }

private:
    struct record {
        std::string value;
        std::int64_t ends = 0;
    };
    using map = std::map<std::string, record, std::less<>>;
    struct alignas(64) stripe {
        std::mutex mutex;
        map values;
        std::multimap<std::int64_t, map::iterator> by_end;
    };

    stripe& stripe_of(std::string_view key) { return stripes_[hash_(key) % stripes]; }
    void remove(stripe& in, map::iterator value);
    void remove_expired(stripe& in, std::int64_t now);

    const bounds most_;
    const base::keyed_hash hash_;
    std::array<stripe, stripes> stripes_;
    std::atomic<std::size_t> values_{0}, bytes_{0};
};

} // namespace thalamus::store
