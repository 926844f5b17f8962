#pragma once
// What a node that has lost the store asks of one that has it: a call of the limits' ledger,
// carried out there. As bytes, for cluster::node::ask().

#include "store/store.hpp"

#include <optional>
#include <string>

namespace thalamus::actors {

/// The number of this kind of question, as in cluster/topics.hpp.
inline constexpr std::uint32_t limit_question_kind = 1;

struct ledger_call {
    enum class call : unsigned char { take, give_back, charge };
    call what = call::take;
    std::string rule, key;
    limits::demand wanted;       ///< take
    std::int64_t permits = 0;    ///< give_back, charge
    std::int64_t ends = 0;       ///< give_back
    limits::microseconds ago{0}; ///< charge
};

std::string to_payload(const ledger_call& what);
std::optional<ledger_call> read_limit_question(std::string_view payload);
/// Of a call that succeeded; of give_back and charge nothing in it counts.
std::string to_payload(const limits::grant& answer);
std::optional<limits::grant> read_grant(std::string_view payload);

} // namespace thalamus::actors
