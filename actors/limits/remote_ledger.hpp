#pragma once
// The limits' ledger through another node that has the store, for one that has lost it. Of one reactor;
// what it answers comes back by way of the first.

#include "actors/limits/ledger_call.hpp"
#include "cluster/node.hpp"
#include "net/reactor.hpp"

namespace thalamus::actors {

class peer_ledger final : public store::ledger {
public:
    peer_ledger(net::reactor& home, cluster::node& through, std::chrono::milliseconds timeout)
        : home_(home),
          through_(through),
          timeout_(timeout) {}

    /// The node to be asked from now on.
    void use(std::string peer) { peer_ = std::move(peer); }

    void take(std::string_view key, const limits::rule& by, limits::demand what,
              store::handler<limits::grant> then) override;
    void give_back(std::string_view key, const limits::rule& by, std::int64_t permits,
                   std::int64_t ends, store::handler<store::done> then) override;
    void charge(std::string_view key, const limits::rule& by, std::int64_t permits,
                limits::microseconds ago, store::handler<store::done> then) override;

private:
    void ask(const limit_question& what, store::handler<limits::grant> then);

    net::reactor& home_;
    cluster::node& through_;
    const std::chrono::milliseconds timeout_;
    std::string peer_;
};

/// The other side: carries out what peers ask. `with` gives the ledger for a kind of call, or null where
/// that is not to be had now. On the first reactor.
cluster::question_handler
answer_limit_questions(const std::vector<limits::rule>& rules,
                       std::function<store::ledger*(limit_question::call)> with);

} // namespace thalamus::actors
