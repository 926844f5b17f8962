#include "actors/limits/ledger_call.hpp"

#include "cluster/wire_fields.hpp"

namespace thalamus::actors {

namespace {

using cluster::wire_field, cluster::wire_fields;

constexpr auto required_of = [](auto& call) -> decltype((call.wanted.need)) {
    return call.wanted.need;
};
constexpr auto prefetch_of = [](auto& call) -> decltype((call.wanted.extra)) {
    return call.wanted.extra;
};

constexpr wire_fields ledger_call_fields{
    wire_field{1, &ledger_call::what}, wire_field{2, &ledger_call::rule},
    wire_field{3, &ledger_call::key},  wire_field{4, required_of},
    wire_field{5, prefetch_of},        wire_field{6, &ledger_call::permits},
    wire_field{7, &ledger_call::ends}, wire_field{8, &ledger_call::ago},
};

constexpr wire_fields grant_fields{
    wire_field{1, &limits::grant::granted},   wire_field{2, &limits::grant::life},
    wire_field{3, &limits::grant::remaining}, wire_field{4, &limits::grant::reset},
    wire_field{5, &limits::grant::retry},     wire_field{6, &limits::grant::ends},
};

} // namespace

std::string to_payload(const ledger_call& what) { return ledger_call_fields.write(what); }

std::optional<ledger_call> read_ledger_call(std::string_view payload) {
    ledger_call what;
    what.wanted.need = 0; // the value of an absent field
    if (!ledger_call_fields.read(payload, what) || what.what > ledger_call::call::charge)
        return std::nullopt;
    return what;
}

std::string to_payload(const limits::grant& reply) { return grant_fields.write(reply); }

std::optional<limits::grant> read_grant(std::string_view payload) {
    limits::grant reply;
    if (!grant_fields.read(payload, reply)) return std::nullopt;
    return reply;
}

} // namespace thalamus::actors
