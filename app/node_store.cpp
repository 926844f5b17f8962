#include "app/node_store.hpp"

#include "actors/limits/limit_messages.hpp"
#include "actors/limits/reconciliation.hpp"
#include "observe/program_log.hpp"

#include <caf/send.hpp>

namespace thalamus::app {

node_store::node_store(const config::store_settings& settings, unsigned reactors)
    : settings_(settings),
      up_(std::make_unique<std::atomic<bool>[]>(reactors)) {
    for (unsigned r = 0; r < reactors; ++r) counts_.push_back(std::make_unique<store::counters>());
}

void node_store::open(actors::reactor_context& context) {
    const auto r = context.home.index();
    context.fallback_quota = std::make_unique<limits::fallback_quota>(context.node.limits);
    context.quota_reconciliation =
        std::make_unique<actors::reconciliation>(context.home, context.node.limits);
    context.store = store::open(context.home, settings_, memory_, *counts_[r]);
    const auto note = [coordinator = context.node.limit_mode_coordinator, r,
                       &up = up_[r]](bool available) {
        up = available;
        caf::anon_send(coordinator, actors::limiter_store{r, available});
    };
    context.store->on_availability(note);
    if (context.store->available()) note(true);
}

void node_store::observe(observe::metrics& with) const {
    with.add_gauge_source("thalamus_store_available", "Reactors, by whether their store responds.",
                          "answers", [this] {
                              double up = 0;
                              for (std::size_t r = 0; r < counts_.size(); ++r) up += up_[r];
                              return observe::metrics::labelled_values{
                                  {"yes", up}, {"no", static_cast<double>(counts_.size()) - up}};
                          });
    using counters = store::counters;
    const auto add = [&](const char* name, const char* help, counters::count counters::*which) {
        with.add_counter_source(name, help, [this, which] {
            double sum = 0;
            for (const auto& c : counts_) sum += static_cast<double>((*c.*which).get());
            return sum;
        });
    };
    add("thalamus_store_calls_total", "Calls to the store.", &counters::calls);
    add("thalamus_store_timeouts_total", "Calls to the store without a reply in time.",
        &counters::timeout);
    add("thalamus_store_unavailable_total",
        "Calls to the store that failed at once: no connection, or the breaker is open.",
        &counters::unavailable);
    add("thalamus_store_refused_total", "Calls to which the store replied with an error.",
        &counters::refused);
    add("thalamus_store_connected_total", "Connections to the store that became ready.",
        &counters::connected);
    add("thalamus_store_lost_total", "Connections to the store that broke.", &counters::lost);
    add("thalamus_store_breaker_opened_total", "Times that the store's circuit breaker opened.",
        &counters::opened);
    add("thalamus_store_scripts_sent_total", "Scripts sent because the store did not have them.",
        &counters::scripts_sent);
    add("thalamus_store_redirected_total", "Commands that Redis Cluster redirected.",
        &counters::redirected);
}

} // namespace thalamus::app
