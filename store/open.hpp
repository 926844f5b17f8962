#pragma once
// Creates the configured store.

#include "config/store_settings.hpp"
#include "net/reactor.hpp"
#include "store/memory_store.hpp"

namespace thalamus::store {

/// Redis if the settings name one, otherwise the `shared` memory. To be created and destroyed on
/// `home`; `counts` must outlive it.
std::unique_ptr<store> open(net::reactor& home, const config::store_settings& settings,
                            std::shared_ptr<memory> shared, counters& counts);

} // namespace thalamus::store
