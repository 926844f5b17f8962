// rate_limits, and rate_limit of a route.

#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

namespace {

constexpr std::uint64_t most_count = 1'000'000'000, most_bursts = 100;

std::optional<limit_key_part> read_key_part(reader& in, const cursor& at) {
    using kind = limit_key_part::kind;
    const auto word = in.text(at);
    if (!word) return std::nullopt;
    if (*word == "consumer") return limit_key_part{kind::consumer, ""};
    if (*word == "client_ip") return limit_key_part{kind::client_ip, ""};
    if (*word == "route") return limit_key_part{kind::route, ""};
    if (word->starts_with("header:")) {
        const auto name = word->substr(7);
        if (is_token(name)) return limit_key_part{kind::header, to_lower(name)};
        in.fail(at, in_quotes(name) + " is not a header name", "as in header:X-Tenant");
        return std::nullopt;
    }
    if (word->starts_with("claim:")) {
        if (word->size() > 6) return limit_key_part{kind::claim, word->substr(6)};
        in.fail(at, "no claim name", "as in claim:sub");
        return std::nullopt;
    }
    in.fail(at, in.shown(at) + " is not a rate limit key",
            did_you_mean(*word, {"consumer", "client_ip", "route"},
                         "known: consumer, client_ip, route, header:NAME, claim:NAME"));
    return std::nullopt;
}

/// One part, or a list of parts.
void read_key(block& from, std::vector<limit_key_part>& into) {
    auto& in = from.in();
    const auto found = from.find("key");
    if (!found) return;
    std::vector<cursor> elements{*found};
    if (found->value->type == node::kind::sequence) elements = *in.list(*found, "");
    if (elements.empty())
        in.fail(*found, "no key", "as in [client_ip], or [route] for one limit per route");
    into.clear();
    for (const auto& element : elements) {
        auto part = read_key_part(in, element);
        if (!part) continue;
        if (std::any_of(into.begin(), into.end(), [&](const auto& other) {
                return other.type == part->type && other.name == part->name;
            }))
            in.fail(element, in.shown(element) + " is in the key already", "remove it");
        else into.push_back(std::move(*part));
    }
}

void read_rate(block& from, rate_limit_settings& into) {
    auto& in = from.in();
    const auto found = from.find("rate");
    if (!found) return from.missing("rate", "as in rate: 100/min");
    const auto text = in.text(*found);
    if (!text) return;
    const auto value = to_rate(*text);
    if (!value)
        in.fail(*found, in.shown(*found) + " is not a rate",
                "as in 100/s, 60/min, 1000/h, 5/d or 10/10s");
    else if (value->count < 1 || value->count > most_count)
        in.fail(*found, in.shown(*found) + " is out of range",
                "the count must be from 1 to " + std::to_string(most_count));
    else if (value->period < milliseconds(1) || value->period > longest_duration)
        in.fail(*found, in.shown(*found) + " is out of range",
                "the period must be from 1ms to 30d");
    else {
        into.count = value->count;
        into.period = value->period;
    }
}

/// Must be called after the rate and the algorithm are read.
void read_burst(block& from, rate_limit_settings& into) {
    auto& in = from.in();
    into.burst = into.count;
    const auto found = from.find("burst");
    if (!found) return;
    if (into.algorithm != limit_algorithm::token_bucket)
        return in.fail_key(*found, "only a token_bucket has a burst",
                           "leave it out: the burst of a window is its count");
    const auto most = most_bursts * (into.count == 0 ? most_count : into.count);
    if (const auto burst = in.integer(*found, 1, most)) into.burst = *burst;
}

rate_limit_settings read_limit(reader& in, const cursor& at) {
    rate_limit_settings limit;
    limit.name = at.key->text;
    limit.where = in.problems().to_place(at.key->where);
    if (!is_name(limit.name))
        in.fail_key(at, in_quotes(limit.name) + " is not a valid name for a rate limit",
                    "1 to 64 letters, digits, \"_\", \".\" and \"-\"");
    block from(in, at, "as in {rate: 100/min}");
    read_key(from, limit.key);
    read_rate(from, limit);
    from.choice("algorithm", limit.algorithm,
                {{"token_bucket", limit_algorithm::token_bucket},
                 {"fixed_window", limit_algorithm::fixed_window},
                 {"sliding_window", limit_algorithm::sliding_window}});
    read_burst(from, limit);
    from.choice("on_missing_key", limit.missing,
                {{"client_ip", on_missing_key::client_ip},
                 {"reject", on_missing_key::reject},
                 {"skip", on_missing_key::skip}});
    from.integer("ipv6_prefix", limit.ipv6_prefix, 1, 128);
    from.choice("on_store_failure", limit.failure,
                {{"share", on_store_failure::share},
                 {"open", on_store_failure::open},
                 {"closed", on_store_failure::closed}});
    from.boolean("dry_run", limit.dry_run);
    from.finish();
    return limit;
}

} // namespace

void read_rate_limits(block& top, std::vector<rate_limit_settings>& into) {
    auto& in = top.in();
    const auto found = top.find("rate_limits");
    if (!found) return;
    const auto members = in.members(*found, "as in {per-client: {rate: 100/min}}");
    for (const auto& member : members.value_or(std::vector<cursor>{}))
        into.push_back(read_limit(in, member));
}

void read_route_limits(block& route, const route_scope& scope, std::vector<std::size_t>& into) {
    into = read_references(route, "rate_limit", scope.rate_limits, "rate limit", "rate_limits");
}

} // namespace thalamus::config
