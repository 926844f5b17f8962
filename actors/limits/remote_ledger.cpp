#include "actors/limits/remote_ledger.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
/// For calls that only succeed or fail.
store::handler<limits::grant> without_grant(store::handler<store::done> then) {
    return [then = std::move(then)](store::result<limits::grant> r) {
        if (const auto* why = std::get_if<store::failure>(&r)) then(*why);
        else then(store::done{});
    };
}
} // namespace

void peer_ledger::ask(const limit_question& what, store::handler<limits::grant> then) {
    through_.ask(peer_, limit_question_kind, to_payload(what), timeout_,
                 [&home = home_, then = std::move(then)](std::optional<std::string> answer) {
                     home.post([then, answer = std::move(answer)] {
                         const auto given = answer ? read_grant(*answer) : std::nullopt;
                         if (given) then(*given);
                         else then(store::failure::unavailable);
                     });
                 });
}

void peer_ledger::take(std::string_view key, const limits::rule& by, limits::demand what,
                       store::handler<limits::grant> then) {
    limit_question q;
    q.rule = by.name;
    q.key = key;
    q.wanted = what;
    ask(q, std::move(then));
}

void peer_ledger::give_back(std::string_view key, const limits::rule& by, std::int64_t permits,
                            std::int64_t ends, store::handler<store::done> then) {
    limit_question q;
    q.what = limit_question::call::give_back;
    q.rule = by.name;
    q.key = key;
    q.permits = permits;
    q.ends = ends;
    ask(q, without_grant(std::move(then)));
}

void peer_ledger::charge(std::string_view key, const limits::rule& by, std::int64_t permits,
                         limits::microseconds ago, store::handler<store::done> then) {
    limit_question q;
    q.what = limit_question::call::charge;
    q.rule = by.name;
    q.key = key;
    q.permits = permits;
    q.ago = ago;
    ask(q, without_grant(std::move(then)));
}

cluster::question_handler
answer_limit_questions(const std::vector<limits::rule>& rules,
                       std::function<store::ledger*(limit_question::call)> with) {
    return [&rules, with = std::move(with)](const std::string&, std::string_view payload,
                                            cluster::answer_giver give) {
        const auto q = read_limit_question(payload);
        auto* ledger = q ? with(q->what) : nullptr;
        if (!ledger) return give(std::nullopt);
        const auto by = std::ranges::find(rules, q->rule, &limits::rule::name);
        if (by == rules.end()) return give(std::nullopt);
        const auto done = [give](store::result<store::done> r) {
            if (std::holds_alternative<store::failure>(r)) give(std::nullopt);
            else give(to_payload(limits::grant{}));
        };
        switch (q->what) {
        case limit_question::call::take:
            ledger->take(q->key, *by, q->wanted, [give](store::result<limits::grant> r) {
                if (const auto* granted = std::get_if<limits::grant>(&r))
                    give(to_payload(*granted));
                else give(std::nullopt);
            });
            break;
        case limit_question::call::give_back:
            ledger->give_back(q->key, *by, q->permits, q->ends, done);
            break;
        case limit_question::call::charge:
            ledger->charge(q->key, *by, q->permits, q->ago, done);
            break;
        }
    };
}

} // namespace thalamus::actors
