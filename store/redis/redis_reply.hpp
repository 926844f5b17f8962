#pragma once
// What a reply of Redis says, with its type checked: a server, or who sits in its place, may send
// anything. Pure.

#include "policies/limits/ledger.hpp"

#include <hiredis/hiredis.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::store {

/// What kind of answer it is, by what is to be done about it.
enum class reply_kind : unsigned char {
    value,
    refused,   ///< an error of this command alone
    no_script, ///< the script must be sent again
    moved,
    ask,           ///< Redis Cluster: another node has the key
    try_again,     ///< Redis Cluster: the key's slot is on its way
    cluster_down,  ///< Redis Cluster: does not serve the slot
    not_primary,   ///< READONLY, MASTERDOWN: look the primary up again
    loading,       ///< the server has just started
    no_permission, ///< NOAUTH, WRONGPASS, NOPERM
    failing        ///< OOM, MISCONF, BUSY, NOREPLICAS: the server cannot do its work now
};
reply_kind kind_of(const redisReply& reply);

/// The server cannot do its work, whatever it is asked.
constexpr bool is_failing(reply_kind kind) { return kind >= reply_kind::cluster_down; }

/// An error's or a status's text, or a description of what came instead.
std::string_view text_of(const redisReply& reply);

/// A string's bytes; nothing for another type.
std::optional<std::string_view> string_of(const redisReply& reply);
/// An element of an array; null if there is none.
const redisReply* element_of(const redisReply& reply, std::size_t index);

/// What the script `take` returns.
std::optional<limits::grant> grant_of(const redisReply& reply);

/// Where MOVED or ASK points to; an empty host stands for that of the server that said so.
struct redirection {
    unsigned slot = 0;
    std::string host;
    std::uint16_t port = 0;
};
std::optional<redirection> redirection_of(const redisReply& reply);

/// The whole of `text`, as a number that fits.
template <class T>
bool read_number(std::string_view text, T& to) {
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, to);
    return error == std::errc() && stop == end;
}

} // namespace thalamus::store
