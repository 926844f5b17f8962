#pragma once
// Reads Redis replies and checks their types: a server, or an impostor, may send anything. Pure.

#include "policies/limits/ledger.hpp"

#include <hiredis/hiredis.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::store {

/// The kind of a reply, by what must be done about it.
enum class reply_kind : unsigned char {
    value,
    refused,   ///< an error of this command only
    no_script, ///< the script must be sent again
    moved,
    ask,           ///< Redis Cluster: another node has the key
    try_again,     ///< Redis Cluster: the key's slot is moving
    cluster_down,  ///< Redis Cluster: the slot is not served
    not_primary,   ///< READONLY, MASTERDOWN: look up the primary again
    loading,       ///< the server has just started
    no_permission, ///< NOAUTH, WRONGPASS, NOPERM
    failing        ///< OOM, MISCONF, BUSY, NOREPLICAS: the server cannot work now
};
reply_kind kind_of(const redisReply& reply);

/// The server cannot work, whatever the command.
constexpr bool is_failing(reply_kind kind) { return kind >= reply_kind::cluster_down; }

/// The text of an error or status, or a description of another type.
std::string_view text_of(const redisReply& reply);

/// The bytes of a string; nothing for other types.
std::optional<std::string_view> string_of(const redisReply& reply);
/// An element of an array; null if there is none.
const redisReply* element_of(const redisReply& reply, std::size_t index);

/// The result of the script `take`.
std::optional<limits::grant> grant_of(const redisReply& reply);

/// The target of MOVED or ASK; an empty host means the server that sent it.
struct redirection {
    unsigned slot = 0;
    std::string host;
    std::uint16_t port = 0;
};
std::optional<redirection> redirection_of(const redisReply& reply);

/// Reads all of `text` as a number; false if it is not one, or does not fit.
template <class T>
bool read_number(std::string_view text, T& number) {
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end;
}

} // namespace thalamus::store
