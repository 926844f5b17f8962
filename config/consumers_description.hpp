#pragma once
// The keys of a consumer. Private to config/.

#include "config/notations.hpp"

#include <array>

namespace thalamus::config {

using key_digest = std::array<unsigned char, 32>;

std::optional<std::vector<std::string>> read_groups(reader& in, const cursor& at);
void read_api_keys(reader& in, const cursor& at, std::vector<key_digest>& into);
void write_api_keys(block_writer& out, std::string_view key, const std::vector<key_digest>& from);
std::optional<std::string> read_user(reader& in, const cursor& at);
void read_password_hash(reader& in, const cursor& at, std::string& into);
void write_password_hash(block_writer& out, std::string_view key, const std::string& from);

inline constexpr list_notation<std::string> group_list{read_groups, as_is};
inline constexpr notation<std::string> user_notation{read_user, as_is};

template <class Block>
void describe(Block& basic, basic_user& into) {
    basic.value("user", into.user, user_notation, "as in user: acme");
    basic.custom("password", into.password_hash, read_password_hash, write_password_hash,
                 "write its hash, as printed by \"htpasswd -nB USER\" or \"mkpasswd\"");
}

template <class Block>
void describe(Block& consumer, consumer_settings& into) {
    consumer.name("name", into.name, "a consumer", "as in name: acme");
    consumer.list("groups", into.groups, group_list);
    consumer.custom("api_keys", into.api_keys, read_api_keys, write_api_keys);
    consumer.nested("basic", into.basic, "as in {user: acme, password: \"$2y$...\"}");
}

} // namespace thalamus::config
