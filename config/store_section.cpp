#include "config/store_description.hpp"

#include "base/percent_escape.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

constexpr std::size_t longest_prefix = 64;

std::optional<std::vector<endpoint>> read_addresses(reader& in, const cursor& at,
                                                    std::uint16_t default_port) {
    const auto example = "as in [\"redis-1:" + std::to_string(default_port) + "\"]";
    const auto read = [&](const cursor& element) { return read_server(in, element, default_port); };
    return read_each<endpoint>(in.list_with_elements(at, example, "no address"), read);
}

/// Sets the type, which decides about the keys.
void read_topology(block& from, redis_settings& into) {
    auto& in = from.in();
    const auto sentinels = from.find("sentinels"), cluster = from.find("cluster"),
               primary = from.find("primary"), database = from.find("database");
    if (sentinels && cluster)
        in.fail_key(*cluster, "sentinels and cluster cannot be combined",
                    "keep one of sentinels and cluster");
    if (!sentinels && !cluster)
        from.missing("sentinels", "name sentinels and primary, or cluster; for a single server "
                                  "write redis: redis://host:6379");
    if (sentinels) {
        into.type = redis_settings::topology::sentinel;
    } else if (cluster) {
        into.type = redis_settings::topology::cluster;
        if (primary) in.fail_key(*primary, "a Redis Cluster has many primaries", "leave it out");
        if (database) in.fail_key(*database, "a Redis Cluster has only database 0", "leave it out");
    }
}

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text)
        if (base::is_unreserved(c)) result += c;
        else base::append_escape(static_cast<unsigned char>(c), result);
    return result;
}

/// With the password: user and password of every URL are masked before it is shown.
std::string redis_url(const redis_settings& redis) {
    std::string url = "redis://" + escaped(redis.user);
    if (!redis.password.empty()) url += ":" + escaped(redis.password);
    if (!redis.user.empty() || !redis.password.empty()) url += "@";
    return url + to_text(redis.addresses.at(0)) + "/" + std::to_string(redis.database);
}

} // namespace

void read_redis(reader& in, const cursor& at, std::optional<redis_settings>& into) {
    if (in.is_off(at)) return;
    if (at.value->type != node::kind::scalar) {
        block parts(in, at, "as in redis: redis://user:password@host:6379/0");
        read_topology(parts, into.emplace());
        describe(parts, *into);
        return parts.finish();
    }
    const auto text = in.text(at);
    if (!text) return;
    auto redis = to_redis(*text);
    // parsed() would show the URL. In a malformed URL the password can be anywhere.
    if (const auto* error = std::get_if<syntax_error>(&redis))
        in.fail(at, error->message, error->hint);
    else into = std::get<redis_settings>(std::move(redis));
}

void write_redis(block_writer& out, std::string_view key,
                 const std::optional<redis_settings>& from) {
    if (!from) out.text(key, "off");
    else if (from->type == redis_settings::topology::standalone) out.text(key, redis_url(*from));
    else out.nested(key, *from);
}

std::optional<std::vector<endpoint>> read_sentinels(reader& in, const cursor& at) {
    return read_addresses(in, at, 26379);
}

std::optional<std::vector<endpoint>> read_redis_nodes(reader& in, const cursor& at) {
    return read_addresses(in, at, 6379);
}

std::optional<std::string> read_key_prefix(reader& in, const cursor& at) {
    const auto text = in.text(at, true);
    if (!text) return std::nullopt;
    if (text->size() > longest_prefix)
        in.fail(at, in.shown(at) + " is too long",
                "at most " + std::to_string(longest_prefix) + " bytes");
    else if (text->find_first_of("{}") != text->npos)
        in.fail(at, in.shown(at) + ": braces in a prefix",
                "leave them out: they set the hash slot in a Redis Cluster");
    else if (std::any_of(text->begin(), text->end(),
                         [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
        in.fail(at, "control characters in a prefix", "as in \"thalamus:\"");
    return text;
}

void read_store(block& top, store_settings& into) {
    if (!top.has_word("store", "off"))
        top.nested("store", into, "as in store: {redis: \"redis://host:6379\"}");
}

void write_store(block_writer& top, const store_settings& from) { top.nested("store", from); }

} // namespace thalamus::config
