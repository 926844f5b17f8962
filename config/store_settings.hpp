#pragma once
// The settings of the section store.
// Parts of the snapshot (config/snapshot.hpp): immutable after loading; any thread may read them.

#include "config/values.hpp"

#include <optional>
#include <string>
#include <vector>

namespace thalamus::config {

struct redis_settings {
    enum class topology : unsigned char { standalone, sentinel, cluster };
    topology type = topology::standalone;
    std::vector<endpoint> addresses; ///< the server, the Sentinels or nodes of the Redis Cluster
    std::string primary;             ///< sentinel only: the name of the primary that they monitor
    std::string user, password;      ///< empty = none
    unsigned database = 0;           ///< unused by cluster
};

struct store_settings {
    std::optional<redis_settings> redis; ///< absent = memory of this node
    milliseconds timeout{20};            ///< for one command
    std::string prefix = "thalamus:";
};

} // namespace thalamus::config
