#pragma once
// The stores of a node, one per reactor, in Redis or in memory that the reactors share, and their
// counters. Owned by the gateway; outlives the reactors' stores.

#include "actors/context.hpp"
#include "store/open.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace thalamus::app {

class node_store {
public:
    node_store(const config::store_settings& settings, unsigned reactors);

    /// Opens the store of the context's reactor and reports its availability to the limit mode
    /// coordinator. Must be called on that reactor.
    void open(actors::reactor_context& context);
    void observe(observe::metrics& with) const;

private:
    const config::store_settings& settings_;
    std::shared_ptr<store::memory> memory_ = std::make_shared<store::memory>();
    std::vector<std::unique_ptr<store::counters>> counts_; // by reactor
    const std::unique_ptr<std::atomic<bool>[]> up_;        // by reactor
};

} // namespace thalamus::app
