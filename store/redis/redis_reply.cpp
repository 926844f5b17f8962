#include "store/redis/redis_reply.hpp"

#include <array>

namespace thalamus::store {

namespace {

struct known_error {
    std::string_view code;
    reply_kind kind;
};
constexpr std::array errors{known_error{"NOSCRIPT", reply_kind::no_script},
                            known_error{"MOVED", reply_kind::moved},
                            known_error{"ASK", reply_kind::ask},
                            known_error{"TRYAGAIN", reply_kind::try_again},
                            known_error{"CLUSTERDOWN", reply_kind::cluster_down},
                            known_error{"READONLY", reply_kind::not_primary},
                            known_error{"MASTERDOWN", reply_kind::not_primary},
                            known_error{"LOADING", reply_kind::loading},
                            known_error{"NOAUTH", reply_kind::no_permission},
                            known_error{"WRONGPASS", reply_kind::no_permission},
                            known_error{"NOPERM", reply_kind::no_permission},
                            known_error{"OOM", reply_kind::failing},
                            known_error{"MISCONF", reply_kind::failing},
                            known_error{"BUSY", reply_kind::failing},
                            known_error{"NOREPLICAS", reply_kind::failing}};

} // namespace

reply_kind kind_of(const redisReply& reply) {
    if (reply.type != REDIS_REPLY_ERROR) return reply_kind::value;
    const std::string_view text(reply.str, reply.len);
    const auto code = text.substr(0, text.find(' '));
    for (const auto& known : errors)
        if (code == known.code) return known.kind;
    if (text == "ERR invalid password" || text.starts_with("ERR invalid username-password"))
        return reply_kind::no_permission; // before Redis 6
    // Before Redis 7 the error of a command within a script is wrapped.
    for (const auto& known : errors)
        if (text.find("-" + std::string(known.code) + " ") != text.npos) return known.kind;
    return reply_kind::refused;
}

std::string_view text_of(const redisReply& reply) {
    switch (reply.type) {
    case REDIS_REPLY_ERROR:
    case REDIS_REPLY_STATUS: return {reply.str, reply.len};
    case REDIS_REPLY_STRING: return "a string";
    case REDIS_REPLY_INTEGER: return "a number";
    case REDIS_REPLY_ARRAY: return "an array";
    case REDIS_REPLY_NIL: return "nil";
    default: return "something else";
    }
}

std::optional<std::string_view> string_of(const redisReply& reply) {
    if (reply.type != REDIS_REPLY_STRING) return std::nullopt;
    return std::string_view(reply.str, reply.len);
}

const redisReply* element_of(const redisReply& reply, std::size_t index) {
    if (reply.type != REDIS_REPLY_ARRAY || index >= reply.elements) return nullptr;
    return reply.element[index];
}

std::optional<limits::grant> grant_of(const redisReply& reply) {
    std::array<std::int64_t, 6> numbers;
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements != numbers.size()) return std::nullopt;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto* element = reply.element[i];
        if (element->type != REDIS_REPLY_INTEGER || element->integer < 0) return std::nullopt;
        numbers[i] = element->integer;
    }
    return limits::grant{.granted = numbers[0],
                         .life = limits::microseconds(numbers[1]),
                         .remaining = numbers[2],
                         .reset = limits::microseconds(numbers[3]),
                         .retry = limits::microseconds(numbers[4]),
                         .ends = numbers[5]};
}

std::optional<redirection> redirection_of(const redisReply& reply) {
    // MOVED 3999 192.0.2.1:6381
    std::string_view text(reply.str, reply.len);
    redirection target;
    const auto first = text.find(' ');
    if (first == text.npos) return std::nullopt;
    text.remove_prefix(first + 1);
    const auto second = text.find(' ');
    const auto colon = text.rfind(':');
    if (second == text.npos || colon == text.npos || colon < second) return std::nullopt;
    if (!read_number(text.substr(0, second), target.slot) ||
        !read_number(text.substr(colon + 1), target.port))
        return std::nullopt;
    target.host = text.substr(second + 1, colon - second - 1);
    return target;
}

} // namespace thalamus::store
