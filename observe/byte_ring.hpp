#pragma once
// A bounded queue of text lines between two threads: a reactor produces, the log writer consumes.
// No locks; a line that does not fit is rejected. The producer publishes its position and its
// number of lines in one atomic word, so that the consumer gets both for the same moment without
// searching for line ends.

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
    /// @pre capacity is a power of two below 2^24, so that 24 bits can count the lines in it.
    explicit byte_ring(std::size_t capacity)
        : capacity_(capacity),
          bytes_(std::make_unique_for_overwrite<char[]>(capacity)) {
        assert(std::has_single_bit(capacity) && capacity < (std::size_t{1} << 24));
    }

    /// Producer only. Returns false, and adds nothing, if there is not enough room.
    bool push(std::string_view line) {
        if (room() < line.size()) {
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (room() < line.size()) return false;
        }
        const std::size_t offset = head_ & (capacity_ - 1);
        const std::size_t first =
            line.size() < capacity_ - offset ? line.size() : capacity_ - offset;
        std::memcpy(bytes_.get() + offset, line.data(), first);
        if (first < line.size())
            std::memcpy(bytes_.get(), line.data() + first, line.size() - first);
        head_ += line.size();
        ++lines_;
        // Sequentially consistent: the producer reads the state of the consumer next, and at least
        // one of the two must see the other's write (see log_writer.hpp).
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
        std::string_view first, second; ///< in this order; `second` is after the wrap
        std::uint64_t lines = 0;
        bool empty() const { return first.empty(); }
    };

    /// Consumer only. Returns everything that has been pushed and not released. The caller must
    /// release all of it before the next call.
    content take() {
        const std::uint64_t published = published_.load(std::memory_order_seq_cst);
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        const std::size_t size = (published - tail) & position_mask;
        const std::uint64_t lines =
            (published >> position_bits) - std::exchange(lines_taken_, published >> position_bits);
        const std::size_t offset = tail & (capacity_ - 1);
        const std::size_t first = size < capacity_ - offset ? size : capacity_ - offset;
        return {{bytes_.get() + offset, first}, {bytes_.get(), size - first}, lines & lines_mask};
    }

    /// Consumer only. Allows the producer to overwrite the first `bytes` bytes.
    void release(std::size_t bytes) {
        tail_.store(tail_.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
    }

    /// Consumer only.
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
    // A cache line for each side, so that writes of one do not slow down the other.
    alignas(64) std::uint64_t head_ = 0;
    std::uint64_t tail_seen_ = 0, lines_ = 0;
    std::atomic<std::uint64_t> published_{0};
    alignas(64) std::atomic<std::uint64_t> tail_{0};
    std::uint64_t lines_taken_ = 0;
};

} // namespace thalamus::observe
