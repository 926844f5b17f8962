#include "cluster/messages.hpp"

#include "cluster/wire.hpp"

#include <algorithm>

namespace thalamus::cluster {

namespace {

// The first byte of a message. Never given to another kind.
constexpr char kind_hello = 1;
constexpr char kind_refused = 2;
constexpr char kind_heartbeat = 3;
constexpr char kind_log_entries = 4;
constexpr char kind_log_want = 5;
constexpr char kind_log_reset = 6;
constexpr char kind_question = 7;
constexpr char kind_answer = 8;

/// Ages beyond this say no more: such a member is forgotten.
constexpr std::uint64_t longest_age = 24ull * 3600 * 1000;
constexpr std::size_t most_positions = 4096;

// Reading: each returns false for what must not be believed.

/// What a node is called, or runs: it gets into logs, metrics and GET /cluster.
bool read(wire_reader& in, std::string& to) {
    const auto text = in.text();
    if (!is_plain_name(text)) return false;
    to = text;
    return true;
}
bool read(wire_reader& in, std::uint64_t& to) {
    to = in.number();
    return true;
}
bool read(wire_reader& in, std::uint32_t& to) {
    const auto value = in.number();
    to = static_cast<std::uint32_t>(value);
    return value <= UINT32_MAX;
}
bool read(wire_reader& in, bool& to) {
    to = in.number() != 0;
    return true;
}

std::string write(const node_status& s) {
    wire_writer out;
    out.text(1, s.version);
    out.text(2, s.configuration);
    out.number(3, s.requests_per_second);
    out.number(4, static_cast<std::uint64_t>(s.store));
    out.number(5, s.sharing);
    out.number(6, s.draining);
    return out.take();
}

bool read(wire_reader& field, node_status& s) {
    s.store = store_state::ok; // what 0 stands for
    bool good = true;
    wire_reader in(field.text());
    while (good && in.next()) switch (in.field()) {
        case 1: good = read(in, s.version); break;
        case 2: good = read(in, s.configuration); break;
        case 3: good = read(in, s.requests_per_second); break;
        case 4: // a state of a later version: the store is not as it should be
            s.store = static_cast<store_state>(std::min<std::uint64_t>(
                in.number(), static_cast<std::uint64_t>(store_state::memory) + 1));
            if (s.store > store_state::memory) s.store = store_state::degraded;
            break;
        case 5: good = read(in, s.sharing); break;
        case 6: good = read(in, s.draining); break;
        default: break;
        }
    return good && !in.failed();
}

std::string write(const member_report& r) {
    wire_writer out;
    out.text(1, r.name);
    out.text(2, r.address);
    out.number(3, r.incarnation);
    out.number(4, r.beat);
    out.number(5, static_cast<std::uint64_t>(std::max<std::int64_t>(r.age.count(), 0)));
    out.number(6, r.left);
    out.item(7, write(r.status));
    return out.take();
}

bool read(wire_reader& field, member_report& r) {
    bool good = true;
    wire_reader in(field.text());
    while (good && in.next()) switch (in.field()) {
        case 1: good = read(in, r.name); break;
        case 2: good = read(in, r.address); break;
        case 3: good = read(in, r.incarnation); break;
        case 4: good = read(in, r.beat); break;
        case 5: r.age = std::chrono::milliseconds(std::min(in.number(), longest_age)); break;
        case 6: good = read(in, r.left); break;
        case 7: good = read(in, r.status); break;
        default: break;
        }
    return good && !in.failed() && !r.name.empty() && r.incarnation != 0;
}

void write_log(wire_writer& out, const auto& log) {
    out.number(1, log.topic);
    out.text(2, log.origin);
    out.number(3, log.epoch);
}
/// The fields that all messages about logs have in common.
bool read_log(wire_reader& in, auto& log) {
    switch (in.field()) {
    case 1: return read(in, log.topic);
    case 2: return read(in, log.origin);
    case 3: return read(in, log.epoch);
    default: return true;
    }
}

std::string write(const log_position& p) {
    wire_writer out;
    write_log(out, p);
    out.number(4, p.sequence);
    return out.take();
}
bool read(wire_reader& field, log_position& p) {
    bool good = true;
    wire_reader in(field.text());
    while (good && in.next()) good = in.field() == 4 ? read(in, p.sequence) : read_log(in, p);
    return good && !in.failed();
}

struct writer {
    std::string operator()(const hello& m) const {
        wire_writer out;
        out.number(1, m.version);
        out.number(2, m.lowest_version);
        out.text(3, m.name);
        out.number(4, m.incarnation);
        return kind_hello + out.take();
    }
    std::string operator()(const refused& m) const {
        wire_writer out;
        out.number(1, static_cast<std::uint64_t>(m.why));
        out.text(2, m.address);
        out.text(3, m.name);
        return kind_refused + out.take();
    }
    std::string operator()(const heartbeat& m) const {
        wire_writer out;
        out.item(1, write(m.from));
        for (const auto& r : m.others) out.item(2, write(r));
        for (const auto& p : m.positions) out.item(3, write(p));
        return kind_heartbeat + out.take();
    }
    std::string operator()(const log_entries& m) const {
        wire_writer out;
        write_log(out, m);
        out.number(4, m.first);
        for (const auto& p : m.payloads) out.item(5, p);
        out.number(6, m.more);
        return kind_log_entries + out.take();
    }
    std::string operator()(const log_want& m) const {
        wire_writer out;
        write_log(out, m);
        out.number(4, m.after);
        return kind_log_want + out.take();
    }
    std::string operator()(const log_reset& m) const {
        wire_writer out;
        write_log(out, m);
        out.number(4, m.sequence);
        if (m.snapshot) out.item(5, *m.snapshot);
        return kind_log_reset + out.take();
    }
    std::string operator()(const question& m) const {
        wire_writer out;
        out.number(1, m.id);
        out.number(2, m.kind);
        out.text(3, m.payload);
        return kind_question + out.take();
    }
    std::string operator()(const answer& m) const {
        wire_writer out;
        out.number(1, m.id);
        if (m.payload) out.item(2, *m.payload);
        return kind_answer + out.take();
    }
};

using decoded = std::variant<message, unknown_kind, malformed>;

/// Reads fields with `each` until one is refused; then `complete` has the last word.
template <class M>
decoded read_message(std::string_view body, auto each, auto complete) {
    M m;
    bool good = true;
    wire_reader in(body);
    while (good && in.next()) good = each(in, m);
    if (!good || in.failed() || !complete(m)) return malformed{};
    return message{std::move(m)};
}

decoded read_hello(std::string_view body) {
    return read_message<hello>(
        body,
        [](wire_reader& in, hello& m) {
            switch (in.field()) {
            case 1: return read(in, m.version);
            case 2: return read(in, m.lowest_version);
            case 3: return read(in, m.name);
            case 4: return read(in, m.incarnation);
            default: return true;
            }
        },
        [](const hello& m) {
            return m.version != 0 && m.lowest_version != 0 && !m.name.empty() && m.incarnation != 0;
        });
}

decoded read_refused(std::string_view body) {
    return read_message<refused>(
        body,
        [](wire_reader& in, refused& m) {
            switch (in.field()) {
            case 1:
                m.why = static_cast<refusal>(std::min<std::uint64_t>(in.number(), 255));
                return m.why != refusal{};
            case 2: return read(in, m.address);
            case 3: return read(in, m.name);
            default: return true;
            }
        },
        [](const refused&) { return true; });
}

decoded read_heartbeat(std::string_view body) {
    return read_message<heartbeat>(
        body,
        [](wire_reader& in, heartbeat& m) {
            switch (in.field()) {
            case 1: return read(in, m.from);
            case 2: return m.others.size() < most_members && read(in, m.others.emplace_back());
            case 3:
                return m.positions.size() < most_positions && read(in, m.positions.emplace_back());
            default: return true;
            }
        },
        [](const heartbeat& m) { return !m.from.name.empty(); });
}

decoded read_log_entries(std::string_view body) {
    return read_message<log_entries>(
        body,
        [](wire_reader& in, log_entries& m) {
            switch (in.field()) {
            case 4: return read(in, m.first);
            case 5: m.payloads.emplace_back(in.text()); return true;
            case 6: return read(in, m.more);
            default: return read_log(in, m);
            }
        },
        [](const log_entries& m) {
            return !m.origin.empty() && m.first > 0 && m.first <= UINT64_MAX - m.payloads.size();
        });
}

decoded read_log_want(std::string_view body) {
    return read_message<log_want>(
        body,
        [](wire_reader& in, log_want& m) {
            return in.field() == 4 ? read(in, m.after) : read_log(in, m);
        },
        [](const log_want& m) { return !m.origin.empty() && m.after < UINT64_MAX; });
}

decoded read_log_reset(std::string_view body) {
    return read_message<log_reset>(
        body,
        [](wire_reader& in, log_reset& m) {
            if (in.field() == 4) return read(in, m.sequence);
            if (in.field() != 5) return read_log(in, m);
            m.snapshot.emplace(in.text());
            return true;
        },
        [](const log_reset& m) { return !m.origin.empty() && m.sequence < UINT64_MAX; });
}

decoded read_question(std::string_view body) {
    return read_message<question>(
        body,
        [](wire_reader& in, question& m) {
            switch (in.field()) {
            case 1: return read(in, m.id);
            case 2: return read(in, m.kind);
            case 3: m.payload = in.text(); return true;
            default: return true;
            }
        },
        [](const question&) { return true; });
}

decoded read_response(std::string_view body) {
    return read_message<answer>(
        body,
        [](wire_reader& in, answer& m) {
            if (in.field() == 1) return read(in, m.id);
            if (in.field() == 2) m.payload.emplace(in.text());
            return true;
        },
        [](const answer&) { return true; });
}

} // namespace

bool is_plain_name(std::string_view text) {
    return text.size() <= longest_name &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::string encode(const message& what) { return std::visit(writer{}, what); }

decoded decode(std::string_view bytes) {
    if (bytes.empty()) return malformed{};
    const auto body = bytes.substr(1);
    switch (bytes.front()) {
    case kind_hello: return read_hello(body);
    case kind_refused: return read_refused(body);
    case kind_heartbeat: return read_heartbeat(body);
    case kind_log_entries: return read_log_entries(body);
    case kind_log_want: return read_log_want(body);
    case kind_log_reset: return read_log_reset(body);
    case kind_question: return read_question(body);
    case kind_answer: return read_response(body);
    default: return unknown_kind{};
    }
}

} // namespace thalamus::cluster
