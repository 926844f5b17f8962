#pragma once
// Messages from other parts of the node to the cluster actor, which cluster/node.hpp sends. All
// stay within the process.

#include "cluster/handlers.hpp"
#include "cluster/view.hpp"
#include "net/timer.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace thalamus::cluster {

struct change_status {
    std::function<void(node_status&)> apply;
};
struct publish_entry {
    std::uint32_t topic = 0;
    std::string payload;
};
struct subscribe_topic {
    std::uint32_t topic = 0;
    topic_handlers handlers;
};
struct subscribe_view {
    caf::actor subscriber;
};
struct call_peer {
    std::string peer;
    std::uint32_t method = 0;
    std::string payload;
    net::time_point deadline;
    reply_handler on_reply;
};
struct serve_method {
    std::uint32_t method = 0;
    call_handler handler;
};

} // namespace thalamus::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::change_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::publish_entry)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::subscribe_topic)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::subscribe_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::call_peer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::serve_method)
