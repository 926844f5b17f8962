#include "cluster/messages.hpp"

#include "cluster/wire_fields.hpp"

#include <algorithm>

namespace thalamus::cluster {

namespace {

/// Higher ages carry no more information: a member of this age is forgotten.
constexpr std::uint64_t longest_age = 24ull * 3600 * 1000;
constexpr std::size_t most_positions = 4096;

/// The name, address, version or configuration of a node. It appears in logs, metrics and
/// GET /cluster.
struct plain_name : plain_value {
    static bool read(wire_reader& in, std::string& name) {
        const auto text = in.text();
        if (!is_plain_name(text)) return false;
        name = text;
        return true;
    }
};

struct known_store_state : plain_value {
    static bool read(wire_reader& in, store_state& state) {
        // A later version may send a state that is unknown here: treat the store as degraded.
        if (!from_number(in.number(), state) || state > store_state::memory)
            state = store_state::degraded;
        return true;
    }
};

constexpr wire_fields status_fields{
    wire_field{1, &node_status::version, plain_name{}},
    wire_field{2, &node_status::configuration, plain_name{}},
    wire_field{3, &node_status::requests_per_second},
    wire_field{4, &node_status::store, known_store_state{}},
    wire_field{5, &node_status::sharing},
    wire_field{6, &node_status::draining},
};

struct nested_status : nested_message<decltype(status_fields)> {
    constexpr nested_status() : nested_message(status_fields) {}
    bool read(wire_reader& in, node_status& status) const {
        status.store = store_state::ok; // the meaning of an absent number
        return nested_message::read(in, status);
    }
};

constexpr wire_fields report_fields{
    wire_field{1, &member_report::name, plain_name{}},
    wire_field{2, &member_report::address, plain_name{}},
    wire_field{3, &member_report::incarnation},
    wire_field{4, &member_report::beat},
    wire_field{5, &member_report::age, capped_number{longest_age}},
    wire_field{6, &member_report::left},
    wire_field{7, &member_report::status, nested_status{}},
};

/// The fields that all messages about logs share, followed by a message's own fields.
template <class M>
constexpr auto log_fields(auto... more) {
    return wire_fields{wire_field{1, &M::topic}, wire_field{2, &M::origin, plain_name{}},
                       wire_field{3, &M::epoch}, more...};
}
constexpr auto position_fields = log_fields<log_position>(wire_field{4, &log_position::sequence});

constexpr wire_fields hello_fields{
    wire_field{1, &hello::version},
    wire_field{2, &hello::lowest_version},
    wire_field{3, &hello::name, plain_name{}},
    wire_field{4, &hello::incarnation},
};
constexpr wire_fields refused_fields{
    wire_field{1, &refused::reason, capped_number{255}},
    wire_field{2, &refused::address, plain_name{}},
    wire_field{3, &refused::name, plain_name{}},
};
constexpr wire_fields heartbeat_fields{
    wire_field{1, &heartbeat::sender, nested_message{report_fields}},
    wire_field{2, &heartbeat::others, nested_messages{report_fields, most_members}},
    wire_field{3, &heartbeat::positions, nested_messages{position_fields, most_positions}},
};
constexpr auto entries_fields = log_fields<log_entries>(wire_field{4, &log_entries::first},
                                                        wire_field{5, &log_entries::payloads},
                                                        wire_field{6, &log_entries::more});
constexpr auto want_fields = log_fields<log_want>(wire_field{4, &log_want::after});
constexpr auto reset_fields =
    log_fields<log_reset>(wire_field{4, &log_reset::sequence}, wire_field{5, &log_reset::snapshot});
constexpr wire_fields request_fields{
    wire_field{1, &call_request::id},
    wire_field{2, &call_request::method},
    wire_field{3, &call_request::payload},
};
constexpr wire_fields reply_fields{
    wire_field{1, &call_reply::id},
    wire_field{2, &call_reply::payload},
};

// Conditions that a whole message must meet to be accepted.

bool is_valid(const auto&) { return true; }
bool is_valid(const hello& m) {
    return m.version != 0 && m.lowest_version != 0 && !m.name.empty() && m.incarnation != 0;
}
bool is_valid(const refused& m) { return m.reason != refusal{}; }
bool is_valid(const member_report& r) { return !r.name.empty() && r.incarnation != 0; }
bool is_valid(const heartbeat& m) {
    return is_valid(m.sender) &&
           std::ranges::all_of(m.others, [](const auto& r) { return is_valid(r); });
}
bool is_valid(const log_entries& m) {
    return !m.origin.empty() && m.first > 0 && m.first <= UINT64_MAX - m.payloads.size();
}
bool is_valid(const log_want& m) { return !m.origin.empty() && m.after < UINT64_MAX; }
bool is_valid(const log_reset& m) { return !m.origin.empty() && m.sequence < UINT64_MAX; }

using decoded = std::variant<message, unknown_kind, malformed>;

template <class M, class Fields>
struct message_kind {
    char first_byte; // never reused for another kind
    Fields fields;

    /// Returns false if the message is of another kind.
    bool encode(const message& m, std::string& bytes) const {
        const auto* body = std::get_if<M>(&m);
        if (body) bytes = first_byte + fields.write(*body);
        return body != nullptr;
    }
    bool decode(std::string_view bytes, decoded& result) const {
        if (bytes.front() != first_byte) return false;
        M m;
        if (fields.read(bytes.substr(1), m) && is_valid(m)) result = message{std::move(m)};
        else result = malformed{};
        return true;
    }
};
template <class M, class Fields>
constexpr message_kind<M, Fields> kind(char first_byte, Fields fields) {
    return {first_byte, fields};
}

constexpr std::tuple kinds{
    kind<hello>(1, hello_fields),          kind<refused>(2, refused_fields),
    kind<heartbeat>(3, heartbeat_fields),  kind<log_entries>(4, entries_fields),
    kind<log_want>(5, want_fields),        kind<log_reset>(6, reset_fields),
    kind<call_request>(7, request_fields), kind<call_reply>(8, reply_fields),
};
static_assert(std::tuple_size_v<decltype(kinds)> == std::variant_size_v<message>);

} // namespace

bool is_plain_name(std::string_view text) {
    return text.size() <= longest_name &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::string encode(const message& m) {
    std::string bytes;
    std::apply([&](const auto&... kind) { (kind.encode(m, bytes) || ...); }, kinds);
    return bytes;
}

decoded decode(std::string_view bytes) {
    if (bytes.empty()) return malformed{};
    decoded result = unknown_kind{};
    std::apply([&](const auto&... kind) { (kind.decode(bytes, result) || ...); }, kinds);
    return result;
}

} // namespace thalamus::cluster
