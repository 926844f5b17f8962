#include "actors/limits/remote_ledger.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
/// Adapts a handler for calls that only succeed or fail.
store::handler<limits::grant> without_grant(store::handler<store::done> then) {
    return [then = std::move(then)](store::result<limits::grant> r) {
        if (const auto* why = std::get_if<store::failure>(&r)) then(*why);
        else then(store::done{});
    };
}
} // namespace

void remote_ledger::ask(const ledger_call& what, store::handler<limits::grant> then) {
    through_.ask(peer_, ledger_call_kind, to_payload(what), timeout_,
                 [&home = home_, then = std::move(then)](std::optional<std::string> answer) {
                     home.post([then, answer = std::move(answer)] {
                         const auto given = answer ? read_grant(*answer) : std::nullopt;
                         if (given) then(*given);
                         else then(store::failure::unavailable);
                     });
                 });
}

void remote_ledger::take(std::string_view key, const limits::rule& by, limits::demand what,
                         store::handler<limits::grant> then) {
    ledger_call q;
    q.rule = by.name;
    q.key = key;
    q.wanted = what;
    ask(q, std::move(then));
}

void remote_ledger::give_back(std::string_view key, const limits::rule& by, std::int64_t permits,
                              std::int64_t ends, store::handler<store::done> then) {
    ledger_call q;
    q.what = ledger_call::call::give_back;
    q.rule = by.name;
    q.key = key;
    q.permits = permits;
    q.ends = ends;
    ask(q, without_grant(std::move(then)));
}

void remote_ledger::charge(std::string_view key, const limits::rule& by, std::int64_t permits,
                           limits::microseconds ago, store::handler<store::done> then) {
    ledger_call q;
    q.what = ledger_call::call::charge;
    q.rule = by.name;
    q.key = key;
    q.permits = permits;
    q.ago = ago;
    ask(q, without_grant(std::move(then)));
}

cluster::call_handler serve_ledger_calls(const std::vector<limits::rule>& rules,
                                         std::function<store::ledger*(ledger_call::call)> with) {
    return [&rules, with = std::move(with)](const std::string&, std::string_view payload,
                                            cluster::responder give) {
        const auto q = read_ledger_call(payload);
        auto* ledger = q ? with(q->what) : nullptr;
        if (!ledger) return give(std::nullopt);
        const auto by = std::ranges::find(rules, q->rule, &limits::rule::name);
        if (by == rules.end()) return give(std::nullopt);
        const auto done = [give](store::result<store::done> r) {
            if (std::holds_alternative<store::failure>(r)) give(std::nullopt);
            else give(to_payload(limits::grant{}));
        };
        switch (q->what) {
        case ledger_call::call::take:
            ledger->take(q->key, *by, q->wanted, [give](store::result<limits::grant> r) {
                if (const auto* granted = std::get_if<limits::grant>(&r))
                    give(to_payload(*granted));
                else give(std::nullopt);
            });
            break;
        case ledger_call::call::give_back:
            ledger->give_back(q->key, *by, q->permits, q->ends, done);
            break;
        case ledger_call::call::charge:
            ledger->charge(q->key, *by, q->permits, q->ago, done);
            break;
        }
    };
}

} // namespace thalamus::actors
