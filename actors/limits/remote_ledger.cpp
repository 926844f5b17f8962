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

void remote_ledger::call(const ledger_call& what, store::handler<limits::grant> then) {
    through_.call(peer_, ledger_method, to_payload(what), timeout_,
                  [&home = home_, then = std::move(then)](std::optional<std::string> reply) {
                      home.post([then, reply = std::move(reply)] {
                          const auto given = reply ? read_grant(*reply) : std::nullopt;
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
    call(q, std::move(then));
}

void remote_ledger::give_back(std::string_view key, const limits::rule& by, std::int64_t permits,
                              std::int64_t ends, store::handler<store::done> then) {
    ledger_call q;
    q.what = ledger_call::call::give_back;
    q.rule = by.name;
    q.key = key;
    q.permits = permits;
    q.ends = ends;
    call(q, without_grant(std::move(then)));
}

void remote_ledger::charge(std::string_view key, const limits::rule& by, std::int64_t permits,
                           limits::microseconds ago, store::handler<store::done> then) {
    ledger_call q;
    q.what = ledger_call::call::charge;
    q.rule = by.name;
    q.key = key;
    q.permits = permits;
    q.ago = ago;
    call(q, without_grant(std::move(then)));
}

cluster::call_handler serve_ledger_calls(const std::vector<limits::rule>& rules,
                                         std::function<store::ledger*(ledger_call::call)> with) {
    return [&rules, with = std::move(with)](const std::string&, std::string_view payload,
                                            cluster::reply_sender reply) {
        const auto q = read_ledger_call(payload);
        auto* ledger = q ? with(q->what) : nullptr;
        if (!ledger) return reply(std::nullopt);
        const auto by = std::ranges::find(rules, q->rule, &limits::rule::name);
        if (by == rules.end()) return reply(std::nullopt);
        const auto done = [reply](store::result<store::done> r) {
            if (std::holds_alternative<store::failure>(r)) reply(std::nullopt);
            else reply(to_payload(limits::grant{}));
        };
        switch (q->what) {
        case ledger_call::call::take:
            ledger->take(q->key, *by, q->wanted, [reply](store::result<limits::grant> r) {
                if (const auto* granted = std::get_if<limits::grant>(&r))
                    reply(to_payload(*granted));
                else reply(std::nullopt);
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
