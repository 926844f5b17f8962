#pragma once
// Messages between the cluster actor and the broker of its links. All stay within the process.
//
//   to the broker:    open_link, send_frame, approve_link, close_link, end_links
//   to the actor:     link_up, frame_received, link_down; exactly one link_down for each open_link
//                     and each accepted connection, even if it never was up, and no message about
//                     it after that

#include "net/socket.hpp"

#include <atomic>
#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace thalamus::cluster {

/// Identifies a link for good. The actor numbers the links that this node opens from 1; the broker
/// numbers accepted ones from `first_accepted`.
using link_id = std::uint64_t;
constexpr link_id first_accepted = link_id{1} << 63;

struct open_link {
    link_id id = 0;
    net::tcp_endpoint address;
};
struct send_frame {
    link_id id = 0;
    std::shared_ptr<const std::string> frame; ///< see to_frame()
};
/// The peer has identified itself: longer frames are accepted, and there is no deadline any more.
struct approve_link {
    link_id id = 0;
};
/// Queued frames are sent first, for at most a second.
struct close_link {
    link_id id = 0;
};
/// Closes all links as close_link does; then the broker ends.
struct end_links {};

/// Connected; with TLS, the peer has a certificate of our CA.
struct link_up {
    link_id id = 0;
    net::tcp_endpoint peer;
};
struct frame_received {
    link_id id = 0;
    std::string body;
    /// Bytes on their way from broker to actor; the actor subtracts its part after handling them.
    std::shared_ptr<std::atomic<std::size_t>> backlog;
};
struct link_down {
    link_id id = 0;
    net::tcp_endpoint peer;
    std::string reason;
};

} // namespace thalamus::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::open_link)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::send_frame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::approve_link)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::close_link)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::end_links)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::link_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::frame_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::link_down)
