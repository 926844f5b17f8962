#pragma once
// The functions that other parts of the node give to the cluster. They are called on the first
// reactor.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::cluster {

/// Nothing: no reply in time, no such peer, too many calls, or the peer cannot serve the call.
using reply_handler = std::function<void(std::optional<std::string> payload)>;
/// Sends the reply; from the same reactor, at once or later. Only the first invocation counts. If
/// all copies are dropped unused, the peer gets a reply without a payload.
using reply_sender = std::function<void(std::optional<std::string> payload)>;
/// Serves the calls of a method.
using call_handler =
    std::function<void(const std::string& peer, std::string_view payload, reply_sender reply)>;

/// How a part of the node handles a topic.
struct topic_handlers {
    std::function<void(const std::string& origin, std::string_view payload)> deliver;
    /// See broadcast::handlers; may be empty.
    std::function<void(const std::string& origin, const std::optional<std::string>& snapshot)>
        reset;
    std::function<std::optional<std::string>()> snapshot;
};

} // namespace thalamus::cluster
