#pragma once
// What each node says of the members of its cluster, over time: a thread per node asks GET /cluster
// again and again. A change is noted when the answer with it arrives, so up to one asking late.

#include "tests/failures/audit.hpp"
#include "tests/support/waiting.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace thalamus::test {

struct member_view {
    std::string state, store;
    bool answered = false;
    std::uint64_t incarnation = 0;
    bool operator==(const member_view&) const = default;
};
using cluster_view = std::map<std::string, member_view>; ///< by name

class membership_watch {
public:
    /// Of each node: the address of its admin port.
    membership_watch(std::vector<std::string> addresses, std::uint16_t port, std::string token);
    ~membership_watch();
    membership_watch(const membership_watch&) = delete;

    /// The latest view of a node; empty before it answers for the first time.
    cluster_view latest(std::size_t node) const;
    /// Waits until a view of `node`, received at or after `since`, fits; the time of that.
    /// @throws timed_out, telling `what` and the latest view
    moment wait(std::size_t node, const std::function<bool(const cluster_view&)>& fits,
                moment since, deadline until, const std::string& what) const;
    /// The longest that an answer took so far.
    moment slowest(std::size_t node) const;

private:
    struct seen {
        moment at;
        cluster_view view;
    };
    struct watched {
        std::string address;
        std::vector<seen> changes; ///< and the latest, under mutex_
        moment asked = 0, slowest = 0;
        std::thread thread;
    };
    void follow(watched& node);

    const std::uint16_t port_;
    const std::string token_;
    mutable std::mutex mutex_;
    std::atomic<bool> stopping_{false};
    std::vector<std::unique_ptr<watched>> nodes_;
};

std::string to_text(const cluster_view& view);

} // namespace thalamus::test
