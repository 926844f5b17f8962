#include "store/open.hpp"

#include "store/redis/redis_store.hpp"

namespace thalamus::store {

std::unique_ptr<store> open(net::reactor& home, const config::store_settings& settings,
                            std::shared_ptr<memory> shared, counters& counts) {
    if (settings.redis) return std::make_unique<redis_store>(home, settings, counts);
    return std::make_unique<memory_store>(std::move(shared), counts);
}

} // namespace thalamus::store
