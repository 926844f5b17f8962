#pragma once
// Memory of short-lived objects of one class, kept per thread and used again: what is made and
// destroyed with every request costs no trip to the allocator.

#include <cstddef>
#include <new>
#include <vector>

namespace thalamus::net {

/// Base of a final class `T` whose objects come and go on the same thread (elsewhere it is still
/// correct, only slower).
template <class T>
class recycled {
public:
    static void* operator new(std::size_t size) {
        auto& list = free_list();
        if (list.blocks.empty()) return ::operator new(size);
        void* block = list.blocks.back();
        list.blocks.pop_back();
        return block;
    }
    static void operator delete(void* block) noexcept {
        auto& list = free_list();
        if (list.blocks.size() < kept) list.blocks.push_back(block);
        else ::operator delete(block);
    }

private:
#ifdef __SANITIZE_ADDRESS__
    static constexpr std::size_t kept = 0; // memory used again would hide a use after free
#else
    static constexpr std::size_t kept = 512;
#endif
    struct store {
        store() { blocks.reserve(kept); }
        ~store() {
            for (void* block : blocks) ::operator delete(block);
        }
        std::vector<void*> blocks;
    };
    static store& free_list() {
        thread_local store list;
        return list;
    }
};

} // namespace thalamus::net
