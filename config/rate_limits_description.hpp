#pragma once
// The keys of a rate limit. Private to config/.

#include "config/notations.hpp"

namespace thalamus::config {

/// One part, or a list of parts.
std::optional<std::vector<limit_key_part>> read_limit_key(reader& in, const cursor& at);
std::string to_text(const limit_key_part& part);
/// Count and period; the burst becomes the count.
void read_rate(reader& in, const cursor& at, rate_limit_settings& into);
void write_rate(block_writer& out, std::string_view key, const rate_limit_settings& from);
/// Only a token bucket has a burst.
void read_burst(reader& in, const cursor& at, rate_limit_settings& into);
void write_burst(block_writer& out, std::string_view key, const rate_limit_settings& from);

inline constexpr list_notation<limit_key_part> limit_key_parts{read_limit_key, to_text};

template <class Block>
void describe(Block& limit, rate_limit_settings& into) {
    const auto algorithm = [&] {
        limit.choice("algorithm", into.algorithm,
                     {{"token_bucket", limit_algorithm::token_bucket},
                      {"fixed_window", limit_algorithm::fixed_window},
                      {"sliding_window", limit_algorithm::sliding_window}});
    };
    limit.list("key", into.key, limit_key_parts);
    limit.custom("rate", into, read_rate, write_rate, "as in rate: 100/min");
    // What the burst may be depends on the algorithm; it is shown beside the rate.
    if (Block::reads) algorithm();
    limit.custom("burst", into, read_burst, write_burst);
    if (!Block::reads) algorithm();
    limit.choice("on_missing_key", into.missing,
                 {{"client_ip", on_missing_key::client_ip},
                  {"reject", on_missing_key::reject},
                  {"skip", on_missing_key::skip}});
    limit.integer("ipv6_prefix", into.ipv6_prefix, 1, 128);
    limit.choice("on_store_failure", into.failure,
                 {{"share", on_store_failure::share},
                  {"open", on_store_failure::open},
                  {"closed", on_store_failure::closed}});
    limit.boolean("dry_run", into.dry_run);
}

} // namespace thalamus::config
