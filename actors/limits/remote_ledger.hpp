#pragma once
// The rate limit ledger for a node that has lost the store: forwards calls to another node that has
// the store. Belongs to one reactor; replies arrive through the first reactor.

#include "actors/limits/ledger_call.hpp"
#include "cluster/node.hpp"
#include "net/reactor.hpp"

namespace thalamus::actors {

class remote_ledger final : public store::ledger {
public:
    remote_ledger(net::reactor& home, cluster::node& through, std::chrono::milliseconds timeout)
        : home_(home),
          through_(through),
          timeout_(timeout) {}

    /// Sets the node to call from now on.
    void use(std::string peer) { peer_ = std::move(peer); }

    void take(std::string_view key, const limits::rule& by, limits::demand what,
              store::handler<limits::grant> then) override;
    void give_back(std::string_view key, const limits::rule& by, std::int64_t permits,
                   std::int64_t ends, store::handler<store::done> then) override;
    void charge(std::string_view key, const limits::rule& by, std::int64_t permits,
                limits::microseconds ago, store::handler<store::done> then) override;

private:
    void call(const ledger_call& what, store::handler<limits::grant> then);

    net::reactor& home_;
    cluster::node& through_;
    const std::chrono::milliseconds timeout_;
    std::string peer_;
};

/// The server side: executes the calls of peers. `with` returns the ledger for a kind of call, or
/// null if that ledger is not available now. On the first reactor.
cluster::call_handler serve_ledger_calls(const std::vector<limits::rule>& rules,
                                         std::function<store::ledger*(ledger_call::call)> with);

} // namespace thalamus::actors
