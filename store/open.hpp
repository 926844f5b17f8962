#pragma once
// The store that a configuration asks for.

#include "net/reactor.hpp"
#include "store/memory_store.hpp"

namespace thalamus::store {

/// Redis if the settings name one, else `shared` memory. To be made and destroyed on `home`;
/// `counts` must outlive it.
std::unique_ptr<store> open(net::reactor& home, const config::store_settings& settings,
                            std::shared_ptr<memory> shared, counters& counts);

} // namespace thalamus::store
