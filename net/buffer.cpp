#include "net/buffer.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace thalamus::net {

namespace {
constexpr std::size_t kept_bytes = 8 * 1024 * 1024; // of each size
}

std::vector<char*>* buffer_pool::list_for(std::size_t size) {
    return size == small ? &small_ : size == medium ? &medium_ : size == large ? &large_ : nullptr;
}

buffer_pool::~buffer_pool() {
    for (auto* list : {&small_, &medium_, &large_})
        for (char* block : *list) ::operator delete(block);
}

char* buffer_pool::take(std::size_t& size) {
    size = size <= small ? small : size <= medium ? medium : size <= large ? large : size;
    auto* list = list_for(size);
    if (list && !list->empty()) {
        char* block = list->back();
        list->pop_back();
        return block;
    }
    return static_cast<char*>(::operator new(size));
}

void buffer_pool::give(char* block, std::size_t size) noexcept {
    auto* list = list_for(size);
    if (list && list->size() < kept_bytes / size) {
        try {
            list->push_back(block);
            return;
        } catch (const std::bad_alloc&) { // no memory to keep it: free it
        }
    }
    ::operator delete(block);
}

char* buffer::prepare(std::size_t n) {
    if (capacity_ - end_ >= n) return block_ + end_;
    const std::size_t used = size();
    if (capacity_ - used >= n) {
        std::memmove(block_, block_ + begin_, used);
    } else {
        std::size_t wanted =
            std::max(used + n, capacity_ > buffer_pool::large / 2 ? 2 * capacity_ : 0);
        char* block = pool_->take(wanted);
        if (used) std::memcpy(block, block_ + begin_, used);
        if (block_) pool_->give(block_, capacity_);
        block_ = block;
        capacity_ = wanted;
    }
    begin_ = 0;
    end_ = used;
    return block_ + end_;
}

void buffer::append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
}

void buffer::consume(std::size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
}

void buffer::release() noexcept {
    if (block_) pool_->give(block_, capacity_);
    block_ = nullptr;
    capacity_ = begin_ = end_ = 0;
}

} // namespace thalamus::net
