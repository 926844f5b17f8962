#pragma once
// A bounded queue of text lines between two threads: a reactor pushes, the writer of the log takes.
// No locks; a line that does not fit is refused. What the producer publishes is one atomic word
// that holds its position and the number of its lines, so that the taker knows both for exactly the
// same moment without searching for line ends.

#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace thalamus::observe {

class byte_ring {
public:
    /// @pre capacity is a power of two below 2^24: the lines in it must be countable in 24 bits.
    explicit byte_ring(std::size_t capacity)
        : capacity_(capacity),
          bytes_(std::make_unique_for_overwrite<char[]>(capacity)) {
        assert(std::has_single_bit(capacity) && capacity < (std::size_t{1} << 24));
    }

    /// Producer only. False: no room, nothing was taken.
    bool push(std::string_view line) {
        if (room() < line.size()) {
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (room() < line.size()) return false;
        }
        const std::size_t at = head_ & (capacity_ - 1);
        const std::size_t first = line.size() < capacity_ - at ? line.size() : capacity_ - at;
        std::memcpy(bytes_.get() + at, line.data(), first);
        if (first < line.size())
            std::memcpy(bytes_.get(), line.data() + first, line.size() - first);
        head_ += line.size();
        ++lines_;
        // Sequentially consistent: the producer looks at the taker's state next, and one of the two
        // must see what the other did (log_writer explains).
        published_.store(pack(head_, lines_), std::memory_order_seq_cst);
        return true;
    }

    /// Producer only.
    bool more_than_half_full() {
        if (head_ - tail_seen_ <= capacity_ / 2) return false;
        tail_seen_ = tail_.load(std::memory_order_acquire);
        return head_ - tail_seen_ > capacity_ / 2;
    }

    struct content {
        std::string_view first, second; ///< in this order; the second after the wrap
        std::uint64_t lines = 0;
        bool empty() const { return first.empty(); }
    };

    /// Taker only. What has been pushed and not been released, less what was returned before and
    /// not released: the caller releases all bytes before it asks again.
    content take() {
        const std::uint64_t published = published_.load(std::memory_order_seq_cst);
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        const std::size_t size = (published - tail) & position_mask;
        const std::uint64_t lines =
            (published >> position_bits) - std::exchange(lines_taken_, published >> position_bits);
        const std::size_t at = tail & (capacity_ - 1);
        const std::size_t first = size < capacity_ - at ? size : capacity_ - at;
        return {{bytes_.get() + at, first}, {bytes_.get(), size - first}, lines & lines_mask};
    }

    /// Taker only. Its first `bytes` bytes may be overwritten from now on.
    void release(std::size_t bytes) {
        tail_.store(tail_.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
    }

    /// Taker only.
    bool empty() const {
        const std::uint64_t published = published_.load(std::memory_order_seq_cst);
        return ((published - tail_.load(std::memory_order_relaxed)) & position_mask) == 0;
    }

private:
    static constexpr unsigned position_bits = 40;
    static constexpr std::uint64_t position_mask = (std::uint64_t{1} << position_bits) - 1;
    static constexpr std::uint64_t lines_mask = (std::uint64_t{1} << (64 - position_bits)) - 1;
    static std::uint64_t pack(std::uint64_t position, std::uint64_t lines) {
        return (position & position_mask) | lines << position_bits;
    }
    std::size_t room() const { return capacity_ - (head_ - tail_seen_); }

    const std::size_t capacity_;
    const std::unique_ptr<char[]> bytes_;
    // One cache line for each side, so that neither slows the other by writing its own.
    alignas(64) std::uint64_t head_ = 0;
    std::uint64_t tail_seen_ = 0, lines_ = 0;
    std::atomic<std::uint64_t> published_{0};
    alignas(64) std::atomic<std::uint64_t> tail_{0};
    std::uint64_t lines_taken_ = 0;
};

} // namespace thalamus::observe
