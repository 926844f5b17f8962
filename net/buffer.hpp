#pragma once
// Byte buffers borrowed from a reactor's pool. An idle connection holds none, so that its memory
// does not depend on what it sent before. Used on one reactor's thread only.

#include <cstddef>
#include <string_view>
#include <vector>

namespace thalamus::net {

/// Blocks of three sizes; beyond a limit for each size they return to the allocator.
class buffer_pool {
public:
    static constexpr std::size_t small = 4 * 1024, medium = 16 * 1024, large = 64 * 1024;

    ~buffer_pool();
    /// A block of at least `size` bytes; sets `size` to its actual size.
    char* take(std::size_t& size);
    void give(char* block, std::size_t size) noexcept;

private:
    std::vector<char*>* list_for(std::size_t size);
    std::vector<char*> small_, medium_, large_;
};

/// A growing contiguous first-in first-out byte buffer. Must not outlive its pool.
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

    /// Makes room for at least `n` more bytes after the data; may move the data to the front or to
    /// a larger block.
    char* prepare(std::size_t n);
    /// The current room after the data.
    std::size_t room() const { return capacity_ - end_; }
    void commit(std::size_t n) { end_ += n; }
    void append(std::string_view bytes);
    void consume(std::size_t n);
    /// Returns the block to the pool; the data is lost.
    void release() noexcept;

private:
    buffer_pool* pool_;
    char* block_ = nullptr;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

} // namespace thalamus::net
