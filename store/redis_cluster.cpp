#include "store/redis_topology.hpp"
namespace thalamus::store {
std::unique_ptr<redis_topology> redis_cluster(redis_context& context, redis_topology::owner& who) {
    return one_primary(context, who);
}
} // namespace thalamus::store
