#include "config/consumers_description.hpp"

#include "base/hex.hpp"
#include "config/password_hash.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

std::optional<key_digest> read_digest(reader& in, const cursor& at) {
    const auto text = in.text(at);
    if (!text) return std::nullopt;
    if (const auto digest = base::to_digest(*text)) return digest;
    // Not shown: it may be the key itself.
    in.fail(at, "this is not a SHA-256 hash in hexadecimal",
            "write 64 digits, as printed by \"printf %s KEY | sha256sum\"");
    return std::nullopt;
}

/// Masked: if a key can be guessed, its hash confirms the guess.
void write_digest(block_writer& out, std::string_view key, const key_digest& from) {
    std::string text;
    base::append_hex(from, text);
    out.secret(key, text);
}

/// Names, keys and users identify one consumer.
void check_unique(reader& in, const cursor& at, const consumer_settings& consumer,
                  const consumer_settings& other) {
    if (!consumer.name.empty() && other.name == consumer.name)
        in.fail(at, "duplicate name " + in_quotes(consumer.name), "give each consumer its own");
    for (const auto& key : consumer.api_keys)
        if (std::ranges::find(other.api_keys, key) != other.api_keys.end())
            in.fail(at, "API key shared with the consumer " + in_quotes(other.name),
                    "a key identifies one consumer: give each its own");
    if (consumer.basic && other.basic && !consumer.basic->user.empty() &&
        consumer.basic->user == other.basic->user)
        in.fail(at,
                "user " + in_quotes(consumer.basic->user) + " shared with the consumer " +
                    in_quotes(other.name),
                "a user identifies one consumer: give each its own");
}

} // namespace

std::optional<std::vector<std::string>> read_groups(reader& in, const cursor& at) {
    auto groups = read_texts(in, at, "as in [partners]");
    if (!groups) return std::nullopt;
    for (const auto& group : *groups)
        if (!is_name(group))
            in.fail(at, in_quotes(group) + " is not a valid name for a group", name_hint);
    return groups;
}

void read_api_keys(reader& in, const cursor& at, std::vector<key_digest>& into) {
    const auto elements = in.list(at, "as in [{sha256: 9f86d0...}]");
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        block key(in, element, "as in {sha256: 9f86d0...}");
        if (const auto sha256 = key.find("sha256")) {
            const auto digest = read_digest(in, *sha256);
            if (digest && std::ranges::find(into, *digest) != into.end())
                in.fail(*sha256, "this key is a duplicate", "remove it");
            else if (digest) into.push_back(*digest);
        } else {
            key.missing("sha256", "write the hash of the key, never the key itself");
        }
        key.finish();
    }
}

void write_api_keys(block_writer& out, std::string_view key, const std::vector<key_digest>& from) {
    if (from.empty()) return;
    out.objects(key, from, [](block_writer& object, const key_digest& digest) {
        write_digest(object, "sha256", digest);
    });
}

std::optional<std::string> read_user(reader& in, const cursor& at) {
    auto text = in.text(at);
    if (text && !is_basic_user(*text)) { // not shown: it may be a whole line of htpasswd
        in.fail(at, "this is not a user that a client can send",
                "1 to " + std::to_string(longest_user) + " bytes, no colon, no control characters");
        return std::nullopt;
    }
    return text;
}

void read_password_hash(reader& in, const cursor& at, std::string& into) {
    const auto text = in.text(at);
    if (!text) return;
    if (const auto fault = password_hash_fault(*text)) in.fail(at, fault->message, fault->hint);
    else into = *text;
}

void write_password_hash(block_writer& out, std::string_view key, const std::string& from) {
    out.secret(key, from);
}

void read_consumers(block& top, std::vector<consumer_settings>& into) {
    auto& in = top.in();
    const auto found = top.find("consumers");
    const auto elements = found ? in.list(*found, "as in [{name: acme}]") : std::nullopt;
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        consumer_settings consumer;
        consumer.where = in.place_of(element);
        block from(in, element, "as in {name: acme, groups: [partners]}");
        describe(from, consumer);
        from.finish();
        for (const auto& other : into) check_unique(in, element, consumer, other);
        into.push_back(std::move(consumer));
    }
}

void write_consumers(block_writer& top, const std::vector<consumer_settings>& from) {
    top.objects("consumers", from, [](block_writer& object, const consumer_settings& consumer) {
        object.members(consumer);
    });
}

} // namespace thalamus::config
