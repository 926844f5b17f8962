#pragma once
// Byte buffers lent from a reactor's pool: an idle connection holds none, so that its memory does
// not grow with what it once sent. Used on one reactor's thread only.

#include <cstddef>
#include <string_view>
#include <vector>

namespace thalamus::net {

/// Blocks of three sizes; what is over `kept` of a size goes back to the allocator.
class buffer_pool {
public:
    static constexpr std::size_t small = 4 * 1024, medium = 16 * 1024, large = 64 * 1024;

    ~buffer_pool();
    /// A block of at least `size` bytes; `size` is set to what it has.
    char* take(std::size_t& size);
    void give(char* block, std::size_t size) noexcept;

private:
    std::vector<char*>* list_for(std::size_t size);
    std::vector<char*> small_, medium_, large_;
};

/// A growing first-in first-out byte buffer in one piece. Must not outlive its pool.
class buffer {
public:
    explicit buffer(buffer_pool& pool) : pool_(&pool) {}
    ~buffer() { release(); }
    buffer(const buffer&) = delete;
    buffer& operator=(const buffer&) = delete;

    std::string_view data() const { return {block_ + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    std::size_t size() const { return end_ - begin_; }
    std::size_t capacity() const { return capacity_; }

    /// Room for at least `n` more bytes behind the data; moves data to the front or to a larger block.
    char* prepare(std::size_t n);
    /// Room behind the data as it is now.
    std::size_t room() const { return capacity_ - end_; }
    void commit(std::size_t n) { end_ += n; }
    void append(std::string_view bytes);
    void consume(std::size_t n);
    /// Gives the block back; the data is gone.
    void release() noexcept;

private:
    buffer_pool* pool_;
    char* block_ = nullptr;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

} // namespace thalamus::net
