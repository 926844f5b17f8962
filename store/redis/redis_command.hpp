#pragma once
// The words of one Redis command, each of arbitrary bytes. hiredis formats them from the list,
// never from a string. Points to the caller's bytes, except for numbers.

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace thalamus::store {

class redis_command {
public:
    static constexpr std::size_t most = 16;

    /// @pre at most `most` words
    redis_command(std::initializer_list<std::string_view> words) {
        for (const auto word : words) add(word);
    }
    redis_command(const redis_command&) = delete;
    redis_command& operator=(const redis_command&) = delete;

    redis_command& add(std::string_view word) {
        words_[size_] = word.data();
        lengths_[size_++] = word.size();
        return *this;
    }
    redis_command& add(std::int64_t number) {
        char* const begin = numbers_.data() + 20 * size_;
        const auto end = std::to_chars(begin, begin + 20, number).ptr;
        return add({begin, static_cast<std::size_t>(end - begin)});
    }

    int size() const { return static_cast<int>(size_); }
    const char** words() { return words_.data(); }
    const std::size_t* lengths() const { return lengths_.data(); }

private:
    std::array<const char*, most> words_;
    std::array<std::size_t, most> lengths_;
    std::array<char, 20 * most> numbers_;
    std::size_t size_ = 0;
};

} // namespace thalamus::store
