#include "store/redis/redis_slots.hpp"

#include "store/redis/redis_reply.hpp"

#include <array>

namespace thalamus::store {

namespace {

constexpr auto crc_table = [] {
    std::array<std::uint16_t, 256> table{};
    for (unsigned i = 0; i < 256; ++i) {
        unsigned crc = i << 8;
        for (int bit = 0; bit < 8; ++bit) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
        table[i] = static_cast<std::uint16_t>(crc);
    }
    return table;
}();

bool read_integer(const redisReply* element, long long least, long long most, auto& result) {
    if (!element || element->type != REDIS_REPLY_INTEGER) return false;
    if (element->integer < least || element->integer > most) return false;
    result = static_cast<std::remove_reference_t<decltype(result)>>(element->integer);
    return true;
}

} // namespace

unsigned slot_of(std::string_view key) {
    if (const auto open = key.find('{'); open != key.npos)
        if (const auto close = key.find('}', open + 1); close != key.npos && close > open + 1)
            key = key.substr(open + 1, close - open - 1);
    unsigned crc = 0;
    for (const unsigned char c : key) crc = (crc << 8 ^ crc_table[(crc >> 8 ^ c) & 0xff]) & 0xffff;
    return crc % slot_count;
}

std::optional<std::vector<slot_range>> slot_ranges_of(const redisReply& reply) {
    if (reply.type != REDIS_REPLY_ARRAY) return std::nullopt;
    std::vector<slot_range> ranges;
    for (std::size_t i = 0; i < reply.elements; ++i) {
        const redisReply& part = *reply.element[i];
        const auto* const primary = element_of(part, 2);
        slot_range range;
        if (!read_integer(element_of(part, 0), 0, slot_count - 1, range.first) ||
            !read_integer(element_of(part, 1), range.first, slot_count - 1, range.last) ||
            !primary || !read_integer(element_of(*primary, 1), 1, 65535, range.port))
            return std::nullopt;
        // Nil and "?" mean that the address is unknown.
        const auto host = string_of(*element_of(*primary, 0));
        if (host && *host != "?") range.host = *host;
        ranges.push_back(std::move(range));
    }
    return ranges;
}

} // namespace thalamus::store
