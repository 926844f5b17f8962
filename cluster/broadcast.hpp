#pragma once
// Publishes entries to all other nodes, topic by topic (cluster/topics.hpp): a state machine
// without sockets, actors or clock. Owned by the cluster actor and used on its reactor only.
//
// Each node numbers its entries on a topic from 1; its incarnation is the epoch of these numbers.
// The entries of one origin are delivered in order, each once, and kept for other nodes within the
// topic's bounds. Heartbeats say how far the sender has each log. A node that has less requests the
// entries that follow, so that an entry arrives through any node that has it, even if its origin is
// gone. A node that requests entries that are no longer kept gets a reset with a snapshot of the
// topic's state, if the topic has one; otherwise the entries that are kept.
//
// Delivery is at least once while connected: repeated deliveries (a reset that overlaps, an origin
// that was forgotten) must be harmless. Entries from just before an origin's end may be lost with
// it.

#include "cluster/messages.hpp"
#include "cluster/topics.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>

namespace thalamus::cluster {

class broadcast {
public:
    using time_point = std::chrono::steady_clock::time_point;

    struct handlers {
        std::function<void(std::uint32_t topic, const std::string& origin,
                           std::string_view payload)>
            deliver;
        /// Entries of `origin` were missed; `snapshot` is the state of the topic at some other
        /// node, if it keeps one.
        std::function<void(std::uint32_t topic, const std::string& origin,
                           const std::optional<std::string>& snapshot)>
            reset;
        /// This node's state of a topic.
        std::function<std::optional<std::string>(std::uint32_t topic)> snapshot;
    };

    /// `retry_after`: how long a reply to log_want may take; two heartbeats.
    broadcast(std::string self, std::uint64_t epoch, std::span<const topic_settings> topics,
              std::chrono::milliseconds retry_after, handlers handlers);

    /// Sets the members and their incarnations. Logs of other nodes are removed. The log of a
    /// member's former life is kept until its next one, because outdated reports can make it look
    /// current for a moment.
    void set_members(const view& members);

    /// The entries to send to every peer. Nothing if the topic is unknown or the payload is longer
    /// than longest_payload.
    std::optional<log_entries> publish(std::uint32_t topic, std::string payload);

    /// This node's positions, for the next heartbeat.
    std::vector<log_position> positions() const;
    /// What to request from a peer whose heartbeat has these positions.
    std::vector<log_want> missing(const std::vector<log_position>& positions, time_point now);
    /// Delivers new entries; returns what to request from the sender next, if anything.
    std::optional<log_want> receive(const log_entries& entries, time_point now);
    void receive(const log_reset& reset);
    /// The reply to a peer's request; nothing if this node does not have that log either.
    std::optional<message> reply_to(const log_want& want) const;

    /// Payload bytes in one reply; the rest is requested when they have arrived.
    static constexpr std::size_t reply_bytes = 128 * 1024;

private:
    struct key {
        std::uint32_t topic = 0;
        std::string origin;
        std::uint64_t epoch = 0;
        auto operator<=>(const key&) const = default;
    };
    struct log {
        std::uint64_t sequence = 0; // number of the last entry
        std::deque<std::string> entries;
        std::size_t entry_bytes = 0;
        time_point requested_at{}; // when the outstanding log_want was sent
        bool requesting = false;
    };

    const topic_settings* settings_of(std::uint32_t topic) const;
    /// The log, created empty if it is new; nullptr for unknown topics, unknown origins and other
    /// epochs.
    log* find(std::uint32_t topic, const std::string& origin, std::uint64_t epoch);
    static void append(log& log, const topic_settings& bounds, std::string payload);

    const std::string self_;
    const std::uint64_t epoch_;
    const std::span<const topic_settings> topics_;
    const std::chrono::milliseconds retry_after_;
    const handlers handlers_;
    struct epochs {
        std::uint64_t current = 0, former = 0;
    };
    bool current(const std::string& origin, std::uint64_t epoch) const;
    std::map<std::string, epochs> epochs_; // of the members
    std::map<key, log> logs_;
};

} // namespace thalamus::cluster
