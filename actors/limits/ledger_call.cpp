#include "actors/limits/ledger_call.hpp"

#include "cluster/wire.hpp"

namespace thalamus::actors {

namespace {

enum asked : std::uint32_t {
    call = 1,
    rule = 2,
    key = 3,
    need = 4,
    extra = 5,
    permits = 6,
    ends = 7,
    ago = 8
};
enum given : std::uint32_t {
    granted = 1,
    life = 2,
    remaining = 3,
    reset = 4,
    retry = 5,
    until = 6
};

/// Numbers on the wire are not negative; what is too large for one of ours is refused.
bool read(cluster::wire_reader& in, std::int64_t& into) {
    const auto value = in.number();
    into = static_cast<std::int64_t>(value);
    return into >= 0;
}
bool read(cluster::wire_reader& in, limits::microseconds& into) {
    std::int64_t value = 0;
    const bool good = read(in, value);
    into = limits::microseconds(value);
    return good;
}
std::uint64_t bits(std::int64_t value) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value));
}

} // namespace

std::string to_payload(const ledger_call& what) {
    cluster::wire_writer out;
    out.number(asked::call, static_cast<std::uint64_t>(what.what));
    out.text(asked::rule, what.rule);
    out.text(asked::key, what.key);
    out.number(asked::need, bits(what.wanted.need));
    out.number(asked::extra, bits(what.wanted.extra));
    out.number(asked::permits, bits(what.permits));
    out.number(asked::ends, bits(what.ends));
    out.number(asked::ago, bits(what.ago.count()));
    return out.take();
}

std::optional<ledger_call> read_limit_question(std::string_view payload) {
    ledger_call what;
    what.wanted.need = 0; // absent fields are 0
    cluster::wire_reader in(payload);
    bool good = true;
    while (good && in.next()) switch (in.field()) {
        case asked::call: {
            const auto number = in.number();
            good = number <= static_cast<std::uint64_t>(ledger_call::call::charge);
            what.what = static_cast<ledger_call::call>(number);
            break;
        }
        case asked::rule: what.rule = in.text(); break;
        case asked::key: what.key = in.text(); break;
        case asked::need: good = read(in, what.wanted.need); break;
        case asked::extra: good = read(in, what.wanted.extra); break;
        case asked::permits: good = read(in, what.permits); break;
        case asked::ends: good = read(in, what.ends); break;
        case asked::ago: good = read(in, what.ago); break;
        default: break;
        }
    if (!good || in.failed()) return std::nullopt;
    return what;
}

std::string to_payload(const limits::grant& answer) {
    cluster::wire_writer out;
    out.number(given::granted, bits(answer.granted));
    out.number(given::life, bits(answer.life.count()));
    out.number(given::remaining, bits(answer.remaining));
    out.number(given::reset, bits(answer.reset.count()));
    out.number(given::retry, bits(answer.retry.count()));
    out.number(given::until, bits(answer.ends));
    return out.take();
}

std::optional<limits::grant> read_grant(std::string_view payload) {
    limits::grant answer;
    cluster::wire_reader in(payload);
    bool good = true;
    while (good && in.next()) switch (in.field()) {
        case given::granted: good = read(in, answer.granted); break;
        case given::life: good = read(in, answer.life); break;
        case given::remaining: good = read(in, answer.remaining); break;
        case given::reset: good = read(in, answer.reset); break;
        case given::retry: good = read(in, answer.retry); break;
        case given::until: good = read(in, answer.ends); break;
        default: break;
        }
    if (!good || in.failed()) return std::nullopt;
    return answer;
}

} // namespace thalamus::actors
