#include "config/addresses.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

constexpr std::size_t longest_prefix = 64;

void read_addresses(reader& in, const cursor& at, std::uint16_t default_port,
                    std::vector<endpoint>& into) {
    const auto example = "as in [\"redis-1:" + std::to_string(default_port) + "\"]";
    const auto elements = in.list(at, example);
    if (elements && elements->empty()) in.fail(at, "no address", example);
    for (const auto& element : elements.value_or(std::vector<cursor>{}))
        if (auto address = read_server(in, element, default_port))
            into.push_back(std::move(*address));
}

/// {sentinels, primary, user, password, database} or {cluster, user, password}
redis_settings read_parts(reader& in, const cursor& at) {
    redis_settings redis;
    block from(in, at, "as in redis: redis://user:password@host:6379/0");
    const auto sentinels = from.find("sentinels"), cluster = from.find("cluster"),
               primary = from.find("primary"), database = from.find("database");
    if (sentinels && cluster)
        in.fail_key(*cluster, "sentinels and cluster cannot be combined",
                    "keep one of sentinels and cluster");
    if (!sentinels && !cluster)
        from.missing("sentinels", "name sentinels and primary, or cluster; for a single server "
                                  "write redis: redis://host:6379");
    if (sentinels) {
        redis.type = redis_settings::topology::sentinel;
        read_addresses(in, *sentinels, 26379, redis.addresses);
        if (primary) redis.primary = in.name(*primary, "a primary").value_or("");
        else
            from.missing("primary",
                         "the name of the primary at the Sentinels, as in primary: main");
    } else if (cluster) {
        redis.type = redis_settings::topology::cluster;
        read_addresses(in, *cluster, 6379, redis.addresses);
        if (primary) in.fail_key(*primary, "a Redis Cluster has many primaries", "leave it out");
        if (database) in.fail_key(*database, "a Redis Cluster has only database 0", "leave it out");
    }
    for (const auto& [key, into] :
         {std::pair{"user", &redis.user}, std::pair{"password", &redis.password}})
        if (const auto found = from.find(key)) *into = in.text(*found, true).value_or("");
    from.integer("database", redis.database, 0, most_redis_database);
    from.finish();
    return redis;
}

std::optional<redis_settings> read_redis(reader& in, const cursor& at) {
    if (at.value->type != node::kind::scalar) return read_parts(in, at);
    const auto text = in.text(at);
    if (!text) return std::nullopt;
    auto redis = to_redis(*text);
    // parsed() would show the URL. In a malformed URL the password can be anywhere.
    if (const auto* error = std::get_if<syntax_error>(&redis)) {
        in.fail(at, error->message, error->hint);
        return std::nullopt;
    }
    return std::get<redis_settings>(std::move(redis));
}

void read_prefix(block& store, std::string& into) {
    auto& in = store.in();
    const auto found = store.find("prefix");
    const auto text = found ? in.text(*found, true) : std::nullopt;
    if (!text) return;
    if (text->size() > longest_prefix)
        in.fail(*found, in.shown(*found) + " is too long",
                "at most " + std::to_string(longest_prefix) + " bytes");
    else if (text->find_first_of("{}") != text->npos)
        in.fail(*found, in.shown(*found) + ": braces in a prefix",
                "leave them out: they set the hash slot in a Redis Cluster");
    else if (std::any_of(text->begin(), text->end(),
                         [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
        in.fail(*found, "control characters in a prefix", "as in \"thalamus:\"");
    else into = *text;
}

} // namespace

void read_store(block& top, store_settings& into) {
    auto& in = top.in();
    const auto found = top.find("store");
    if (!found || in.is_off(*found)) return;
    block store(in, *found, "as in store: {redis: \"redis://host:6379\"}");
    if (const auto redis = store.find("redis"); redis && !in.is_off(*redis))
        into.redis = read_redis(in, *redis);
    store.duration("timeout", into.timeout, milliseconds(1), milliseconds(10000));
    read_prefix(store, into.prefix);
    store.finish();
}

} // namespace thalamus::config
