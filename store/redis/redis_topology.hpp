#pragma once
// Which server has a key. Owned by the store; one reactor's thread only.

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
    /// Some key can be asked for.
    virtual bool available() const = 0;
    /// The link of the key's server; null where it is not known.
    virtual redis_link* link_for(std::string_view key) = 0;
    /// The link that `from` has pointed to with MOVED (then the key's from now on) or ASK.
    virtual redis_link* follow(const redis_link& from, const redirection& to, bool for_good) = 0;
    /// A reply says that the map of keys is not right.
    virtual void doubt() = 0;
};

/// One primary: standalone, or the one that Sentinels watch.
std::unique_ptr<redis_topology> one_primary(redis_context& context, redis_topology::owner& who);
/// A Redis Cluster.
std::unique_ptr<redis_topology> redis_cluster(redis_context& context, redis_topology::owner& who);

} // namespace thalamus::store
