#include "config/rate_limits_description.hpp"
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

} // namespace

std::optional<std::vector<limit_key_part>> read_limit_key(reader& in, const cursor& at) {
    std::vector<cursor> elements{at};
    if (at.value->type == node::kind::sequence) elements = *in.list(at, "");
    if (elements.empty())
        in.fail(at, "no key", "as in [client_ip], or [route] for one limit per route");
    std::vector<limit_key_part> parts;
    for (const auto& element : elements) {
        auto part = read_key_part(in, element);
        if (!part) continue;
        if (std::ranges::any_of(parts, [&](const auto& other) {
                return other.type == part->type && other.name == part->name;
            }))
            in.fail(element, in.shown(element) + " is in the key already", "remove it");
        else parts.push_back(std::move(*part));
    }
    return parts;
}

std::string to_text(const limit_key_part& part) {
    switch (part.type) {
    case limit_key_part::kind::client_ip: return "client_ip";
    case limit_key_part::kind::route: return "route";
    case limit_key_part::kind::header: return "header:" + part.name;
    case limit_key_part::kind::claim: return "claim:" + part.name;
    case limit_key_part::kind::consumer: break;
    }
    return "consumer";
}

void read_rate(reader& in, const cursor& at, rate_limit_settings& into) {
    const auto text = in.text(at);
    if (!text) return;
    const auto value = to_rate(*text);
    if (!value) {
        in.fail(at, in.shown(at) + " is not a rate", "as in 100/s, 60/min, 1000/h, 5/d or 10/10s");
    } else if (value->count < 1 || value->count > most_count) {
        in.fail(at, in.shown(at) + " is out of range",
                "the count must be from 1 to " + std::to_string(most_count));
    } else if (value->period < milliseconds(1) || value->period > longest_duration) {
        in.fail(at, in.shown(at) + " is out of range", "the period must be from 1ms to 30d");
    } else {
        into.count = into.burst = value->count;
        into.period = value->period;
    }
}

void write_rate(block_writer& out, std::string_view key, const rate_limit_settings& from) {
    out.text(key, to_text(rate{from.count, from.period}));
}

void read_burst(reader& in, const cursor& at, rate_limit_settings& into) {
    if (into.algorithm != limit_algorithm::token_bucket)
        return in.fail_key(at, "only a token_bucket has a burst",
                           "leave it out: the burst of a window is its count");
    const auto most = most_bursts * (into.count == 0 ? most_count : into.count);
    if (const auto burst = in.integer(at, 1, most)) into.burst = *burst;
}

void write_burst(block_writer& out, std::string_view key, const rate_limit_settings& from) {
    if (from.algorithm == limit_algorithm::token_bucket) out.integer(key, from.burst);
}

void read_rate_limits(block& top, std::vector<rate_limit_settings>& into) {
    auto& in = top.in();
    const auto found = top.find("rate_limits");
    if (!found) return;
    const auto members = in.members(*found, "as in {per-client: {rate: 100/min}}");
    for (const auto& member : members.value_or(std::vector<cursor>{})) {
        auto& limit = into.emplace_back();
        in.name_by_key(member, limit, "a rate limit");
        block from(in, member, "as in {rate: 100/min}");
        describe(from, limit);
        from.finish();
    }
}

void write_rate_limits(block_writer& top, const std::vector<rate_limit_settings>& from) {
    top.nested("rate_limits", [&](block_writer& limits) {
        for (const auto& limit : from) limits.nested(limit.name, limit);
    });
}

} // namespace thalamus::config
