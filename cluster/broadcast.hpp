#pragma once
// What nodes tell all others, topic by topic (cluster/topics.hpp): a state machine; it knows no socket,
// actor or clock. Owned by the cluster actor and used on its reactor only.
//
// Each node numbers what it says on a topic from 1 on; its incarnation is the epoch of these numbers.
// Entries of one origin are delivered in their order, each once, and kept for others within the topic's
// bounds. Heartbeats carry how far the sender has each log; who has less asks for what follows, so that
// an entry comes through whoever has it, also when its origin is gone. Who asks for what is not kept any
// more gets a reset with a snapshot of the topic's state, if the topic has one; else what is kept.
//
// At least once while connected: what is delivered twice (by a reset that overlaps, after an origin was
// forgotten) must do no harm. What an origin said before its end may be lost with it.

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
        /// Entries of `origin` were missed; `snapshot` is the state of the topic at some other node, if
        /// it keeps one.
        std::function<void(std::uint32_t topic, const std::string& origin,
                           const std::optional<std::string>& snapshot)>
            reset;
        /// The state of a topic at this node.
        std::function<std::optional<std::string>(std::uint32_t topic)> snapshot;
    };

    /// `ask_again_after`: how long an answer to log_want may take; two heartbeats.
    broadcast(std::string self, std::uint64_t epoch, std::span<const topic_settings> topics,
              std::chrono::milliseconds ask_again_after, handlers then);

    /// The members and their incarnations. The logs of others go; that of a former life goes with the
    /// next, since old news can make it look like the present one for a moment.
    void set_members(const view& members);

    /// To be sent to every peer. Nothing if the topic is unknown or the payload longer than
    /// longest_payload.
    std::optional<log_entries> publish(std::uint32_t topic, std::string payload);

    /// For the next heartbeat.
    std::vector<log_position> positions() const;
    /// What to ask of a peer whose heartbeat says that it has this.
    std::vector<log_want> missing(const std::vector<log_position>& theirs, time_point now);
    /// Delivers what is new; what to ask the sender for next, if anything is.
    std::optional<log_want> receive(const log_entries& from, time_point now);
    void receive(const log_reset& from);
    /// To be sent to who asks; nothing if this node does not have that log either.
    std::optional<message> answer(const log_want& want) const;

    /// Bytes of payload in one answer; more are asked for when they have arrived.
    static constexpr std::size_t answer_bytes = 128 * 1024;

private:
    struct key {
        std::uint32_t topic = 0;
        std::string origin;
        std::uint64_t epoch = 0;
        auto operator<=>(const key&) const = default;
    };
    struct log {
        std::uint64_t sequence = 0; // of the last entry
        std::deque<std::string> kept;
        std::size_t kept_bytes = 0;
        time_point asked{}; // when a log_want was sent that has not been answered
        bool asking = false;
    };

    const topic_settings* settings_of(std::uint32_t topic) const;
    /// The log, empty if it is new; nullptr for unknown topics, unknown origins and other epochs.
    log* find(std::uint32_t topic, const std::string& origin, std::uint64_t epoch);
    static void append(log& to, const topic_settings& bounds, std::string payload);

    const std::string self_;
    const std::uint64_t epoch_;
    const std::span<const topic_settings> topics_;
    const std::chrono::milliseconds ask_again_after_;
    const handlers then_;
    struct epochs {
        std::uint64_t current = 0, former = 0;
    };
    bool current(const std::string& origin, std::uint64_t epoch) const;
    std::map<std::string, epochs> epochs_; // of the members
    std::map<key, log> logs_;
};

} // namespace thalamus::cluster
