#pragma once
// Finds the server of a key. Owned by the store; one reactor's thread only.

#include "store/redis/redis_link.hpp"

namespace thalamus::store {

class redis_topology {
public:
    class owner {
    public:
        /// available() may have changed. Must not destroy the topology.
        virtual void on_topology_changed() = 0;

    protected:
        ~owner() = default;
    };

    virtual ~redis_topology() = default;
    virtual void start() = 0;
    /// Some keys can be used.
    virtual bool available() const = 0;
    /// The link to the key's server; null if it is unknown.
    virtual redis_link* link_for(std::string_view key) = 0;
    /// The link to which `link` has redirected with MOVED (it has the key from now on) or ASK.
    virtual redis_link* follow(const redis_link& link, const redirection& target,
                               bool for_good) = 0;
    /// A reply shows that the slot map is outdated.
    virtual void refresh_soon() = 0;
};

/// One primary: standalone, or monitored by Sentinels.
std::unique_ptr<redis_topology> one_primary(redis_context& context, redis_topology::owner& owner);
/// A Redis Cluster.
std::unique_ptr<redis_topology> redis_cluster(redis_context& context, redis_topology::owner& owner);

} // namespace thalamus::store
