#pragma once
// Histograms of durations with fixed buckets. One thread writes, any thread reads. Buckets are not
// cumulative; the reader adds them up, so that an observation changes only two numbers.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace thalamus::observe {

/// A number that one thread changes and any thread reads. It uses load and store instead of a
/// read-modify-write: with one writer this is exact, and it needs no locked instruction.
class single_writer_count {
public:
    void add(std::uint64_t n) { value_.store(get() + n, std::memory_order_relaxed); }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// The upper bounds of buckets in nanoseconds, ascending and inclusive, as in Prometheus.
template <std::size_t N>
class bucket_bounds {
public:
    static constexpr std::size_t size = N;

    constexpr explicit bucket_bounds(const std::array<std::chrono::nanoseconds, N>& bounds) {
        std::ranges::transform(bounds, bounds_.begin(),
                               [](auto b) { return static_cast<std::uint64_t>(b.count()); });
        for (unsigned width = 0; width < first_.size(); ++width) {
            const std::uint64_t least = width == 0 ? 0 : std::uint64_t{1} << (width - 1);
            const auto found = std::ranges::lower_bound(bounds_, least);
            first_[width] = static_cast<unsigned char>(found - bounds_.begin());
        }
    }

    /// The bucket of a duration; N = above all bounds. Bounds are about a factor of two apart, so
    /// the number of bits leads to within one or two steps of the bucket.
    constexpr std::size_t find(std::uint64_t ns) const {
        std::size_t bucket = first_[static_cast<unsigned>(std::bit_width(ns))];
        while (bucket < N && ns > bounds_[bucket]) ++bucket;
        return bucket;
    }

    double seconds(std::size_t bucket) const { return static_cast<double>(bounds_[bucket]) / 1e9; }

private:
    std::array<std::uint64_t, N> bounds_{};
    std::array<unsigned char, 65>
        first_{}; ///< by bit width: the bucket of the smallest such number
};

namespace bounds {
using namespace std::chrono_literals;
/// For exchanges and responses from targets.
inline constexpr bucket_bounds<14> exchange{
    {500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s, 10s}};
/// For the gateway time.
inline constexpr bucket_bounds<13> own{
    {10us, 20us, 50us, 100us, 200us, 500us, 1ms, 2ms, 5ms, 10ms, 20ms, 50ms, 100ms}};
} // namespace bounds

/// The sum of the buckets of several shards.
struct histogram_sum {
    std::vector<std::uint64_t> buckets; ///< not cumulative; the last one is above all bounds
    std::uint64_t sum_ns = 0;
};

template <const auto& Bounds>
class histogram {
public:
    void observe(std::chrono::nanoseconds duration) {
        const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
        buckets_[Bounds.find(ns)].add(1);
        sum_ns_.add(ns);
    }

    void add_to(histogram_sum& sum) const {
        sum.buckets.resize(buckets_.size());
        for (std::size_t i = 0; i < buckets_.size(); ++i) sum.buckets[i] += buckets_[i].get();
        sum.sum_ns += sum_ns_.get();
    }

private:
    std::array<single_writer_count, Bounds.size + 1> buckets_;
    single_writer_count sum_ns_;
};

} // namespace thalamus::observe
