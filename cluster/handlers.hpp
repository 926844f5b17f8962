#pragma once
// The functions that other parts of the node give to the cluster. They are called on the first
// reactor.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace thalamus::cluster {

/// Nothing: no response in time, no such peer, too many calls, or the peer cannot tell.
using response_handler = std::function<void(std::optional<std::string> payload)>;
/// Sends the response; from the same reactor, at once or later. Only the first call counts. If all
/// copies are dropped unused, the peer is told that there is no response.
using responder = std::function<void(std::optional<std::string> payload)>;
using call_handler =
    std::function<void(const std::string& peer, std::string_view payload, responder give)>;

/// How a part of the node handles a topic.
struct topic_handlers {
    std::function<void(const std::string& origin, std::string_view payload)> deliver;
    /// See broadcast::handlers; may be empty.
    std::function<void(const std::string& origin, const std::optional<std::string>& snapshot)>
        reset;
    std::function<std::optional<std::string>()> snapshot;
};

} // namespace thalamus::cluster
