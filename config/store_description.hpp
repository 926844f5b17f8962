#pragma once
// The keys of store. Private to config/.

#include "config/notations.hpp"

namespace thalamus::config {

/// A URL, or a block with sentinels or cluster.
void read_redis(reader& in, const cursor& at, std::optional<redis_settings>& into);
void write_redis(block_writer& out, std::string_view key,
                 const std::optional<redis_settings>& from);
std::optional<std::string> read_key_prefix(reader& in, const cursor& at);

inline constexpr notation<std::string> key_prefix{read_key_prefix, as_is};

std::optional<std::vector<endpoint>> read_sentinels(reader& in, const cursor& at);
std::optional<std::vector<endpoint>> read_redis_nodes(reader& in, const cursor& at);

inline constexpr list_notation<endpoint> sentinel_list{read_sentinels, to_text};
inline constexpr list_notation<endpoint> redis_node_list{read_redis_nodes, to_text};

/// The form with a key for each part; the type is known already.
template <class Block>
void describe(Block& redis, redis_settings& into) {
    if (into.type == redis_settings::topology::sentinel) {
        redis.list("sentinels", into.addresses, sentinel_list);
        redis.name("primary", into.primary, "a primary",
                   "the name of the primary at the Sentinels, as in primary: main");
        redis.integer("database", into.database, 0, most_redis_database);
    } else if (into.type == redis_settings::topology::cluster) {
        redis.list("cluster", into.addresses, redis_node_list);
    }
    redis.value("user", into.user, any_text);
    redis.secret("password", into.password);
}

template <class Block>
void describe(Block& store, store_settings& into) {
    store.custom("redis", into.redis, read_redis, write_redis);
    store.duration("timeout", into.timeout, milliseconds(1), milliseconds(10000));
    store.value("prefix", into.prefix, key_prefix);
}

} // namespace thalamus::config
