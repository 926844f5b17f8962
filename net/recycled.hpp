#pragma once
// Reuses the memory of short-lived objects of one class, per thread, so that objects created and
// destroyed with every request do not use the allocator.

#include <cstddef>
#include <new>
#include <type_traits>
#include <vector>

namespace thalamus::net {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
inline constexpr bool sanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

/// Base of a final class `T` whose objects are created and destroyed on the same thread (otherwise
/// it is still correct, but slower).
template <class T>
class recycled {
public:
    static void* operator new(std::size_t size) {
        static_assert(std::is_final_v<T>, "a derived class would be larger than the blocks");
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
    static constexpr std::size_t kept = sanitized ? 0 : 512; // reuse would hide a use after free
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
