#pragma once
// The store as the reactors of a node have it: one each, over Redis or over memory that they share, with
// what they count. Owned by the gateway; outlives the reactors' stores.

#include "actors/context.hpp"
#include "store/open.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace thalamus::app {

class node_store {
public:
    node_store(const config::store_settings& settings, unsigned reactors);

    /// On the context's reactor: makes its store, and lets the limit keeper know of its state.
    void open(actors::reactor_context& context);
    void observe(observe::metrics& with) const;

private:
    const config::store_settings& settings_;
    std::shared_ptr<store::memory> memory_ = std::make_shared<store::memory>();
    std::vector<std::unique_ptr<store::counters>> counts_; // by reactor
    const std::unique_ptr<std::atomic<bool>[]> up_;        // the same
};

} // namespace thalamus::app
