// consumers: the clients that the configuration defines.

#include "base/digest_text.hpp"
#include "config/password_hash.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

std::optional<std::array<unsigned char, 32>> read_digest(reader& in, const cursor& at) {
    const auto text = in.text(at);
    if (!text) return std::nullopt;
    if (const auto digest = base::to_digest(*text)) return digest;
    // Not shown: it may be the key itself.
    in.fail(at, "this is not a SHA-256 hash in hexadecimal",
            "write 64 digits, as printed by \"printf %s KEY | sha256sum\"");
    return std::nullopt;
}

void read_api_keys(block& consumer, consumer_settings& into) {
    auto& in = consumer.in();
    const auto found = consumer.find("api_keys");
    const auto elements = found ? in.list(*found, "as in [{sha256: 9f86d0...}]") : std::nullopt;
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        block key(in, element, "as in {sha256: 9f86d0...}");
        if (const auto sha256 = key.find("sha256")) {
            const auto digest = read_digest(in, *sha256);
            if (digest && std::ranges::find(into.api_keys, *digest) != into.api_keys.end())
                in.fail(*sha256, "this key is a duplicate", "remove it");
            else if (digest) into.api_keys.push_back(*digest);
        } else {
            key.missing("sha256", "write the hash of the key, never the key itself");
        }
        key.finish();
    }
}

void read_basic(block& consumer, consumer_settings& into) {
    auto& in = consumer.in();
    const auto found = consumer.find("basic");
    if (!found) return;
    basic_user read;
    block basic(in, *found, "as in {user: acme, password: \"$2y$...\"}");
    if (const auto user = basic.find("user")) {
        const auto text = in.text(*user);
        if (text && !is_basic_user(*text)) // not shown: it may be a whole line of htpasswd
            in.fail(*user, "this is not a user that a client can send",
                    "1 to " + std::to_string(longest_user) +
                        " bytes, no colon, no control characters");
        else read.user = text.value_or("");
    } else {
        basic.missing("user", "as in user: acme");
    }
    if (const auto password = basic.find("password")) {
        const auto text = in.text(*password);
        const auto fault = text ? password_hash_fault(*text) : std::nullopt;
        if (fault) in.fail(*password, fault->message, fault->hint);
        else read.password_hash = text.value_or("");
    } else {
        basic.missing("password",
                      "write its hash, as printed by \"htpasswd -nB USER\" or \"mkpasswd\"");
    }
    basic.finish();
    if (!read.user.empty()) into.basic = std::move(read);
}

consumer_settings read_consumer(reader& in, const cursor& at) {
    consumer_settings into;
    into.where = in.place_of(at);
    block from(in, at, "as in {name: acme, groups: [partners]}");
    if (const auto name = from.find("name")) into.name = in.name(*name, "a consumer").value_or("");
    else from.missing("name", "as in name: acme");
    for (auto& group : read_texts(from, "groups", "as in [partners]")) {
        if (!is_name(group))
            in.fail(*from.find("groups"), in_quotes(group) + " is not a valid name for a group",
                    "1 to 64 letters, digits, \"_\", \".\" and \"-\"");
        else into.groups.push_back(std::move(group));
    }
    read_api_keys(from, into);
    read_basic(from, into);
    from.finish();
    return into;
}

} // namespace

void read_consumers(block& top, std::vector<consumer_settings>& into) {
    auto& in = top.in();
    const auto found = top.find("consumers");
    const auto elements = found ? in.list(*found, "as in [{name: acme}]") : std::nullopt;
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        auto consumer = read_consumer(in, element);
        for (const auto& other : into) {
            if (!consumer.name.empty() && other.name == consumer.name)
                in.fail(element, "duplicate name " + in_quotes(consumer.name),
                        "give each consumer its own");
            for (const auto& key : consumer.api_keys)
                if (std::ranges::find(other.api_keys, key) != other.api_keys.end())
                    in.fail(element, "API key shared with the consumer " + in_quotes(other.name),
                            "a key identifies one consumer: give each its own");
            if (consumer.basic && other.basic && consumer.basic->user == other.basic->user)
                in.fail(element,
                        "user " + in_quotes(consumer.basic->user) + " shared with the consumer " +
                            in_quotes(other.name),
                        "a user identifies one consumer: give each its own");
        }
        into.push_back(std::move(consumer));
    }
}

} // namespace thalamus::config
