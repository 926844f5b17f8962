#pragma once
// The current view of the cluster. Written by the cluster actor; any thread may read it.

#include "cluster/view.hpp"

#include <atomic>
#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>
#include <memory>
#include <mutex>

namespace thalamus::cluster {

class node_view {
public:
    /// Never null.
    view_ptr current() const {
        std::lock_guard lock(mutex_);
        return view_;
    }
    void set(view_ptr next) {
        std::lock_guard lock(mutex_);
        view_.swap(next);
    }

private:
    mutable std::mutex mutex_;
    view_ptr view_ = std::make_shared<const view>();
};

/// Sent to subscribers: something other than request rates has changed.
struct view_changed {
    view_ptr now;
};

/// Totals since the start, for metrics; any thread.
struct link_counters {
    std::atomic<std::uint64_t> heartbeats_sent{0}, bytes_sent{0}, bytes_received{0};
    std::atomic<std::uint64_t> links_lost{0}; ///< with a peer that had identified itself
    std::atomic<std::uint64_t> links_refused{
        0}; ///< of unauthenticated peers: no certificate, an invalid message, a name conflict
    std::atomic<std::uint64_t> dials_failed{0};
    std::atomic<std::uint64_t> messages_malformed{0};
    std::atomic<std::uint64_t> calls_unanswered{0};
};

} // namespace thalamus::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::view_changed)
