#pragma once
// Remote procedure calls between nodes: requests to peers and the replies to them. Each request has
// a deadline; both directions are bounded. Owned by the cluster actor and used on its reactor only.

#include "cluster/handlers.hpp"
#include "cluster/link_messages.hpp"
#include "cluster/messages.hpp"
#include "cluster/topics.hpp" // longest_payload
#include "net/timer.hpp"

#include <functional>
#include <map>
#include <memory>

namespace thalamus::cluster {

class calls {
public:
    using sender = std::function<void(link_id, const message&)>;

    calls(net::timer_queue& timers, sender send) : timers_(timers), send_(std::move(send)) {}
    ~calls();

    /// Calls the peer of a link. `on_reply` is called exactly once.
    void call(link_id link, std::uint32_t method, std::string payload, net::time_point deadline,
              reply_handler on_reply);
    void on_reply(link_id link, const call_reply& reply);
    /// Sets the handler for the calls of a method.
    void serve(std::uint32_t method, call_handler handler);
    void on_request(link_id link, const std::string& peer, const call_request& request);
    /// Calls over this link get no reply any more.
    void link_closed(link_id link);

    std::uint64_t unanswered() const { return unanswered_; } ///< own calls, in total

    /// The most calls to one peer that wait for replies, and from one peer that are being served.
    static constexpr std::size_t most_pending = 1024;

private:
    struct pending_call {
        pending_call(calls& owner, std::uint64_t id, link_id link, reply_handler on_reply);
        void on_deadline() { owner.finish(id, std::nullopt); }

        link_id link;
        reply_handler on_reply;
        net::timer deadline;
        calls& owner;
        std::uint64_t id;
    };
    /// What all copies of a reply_sender share.
    class pending_reply {
    public:
        pending_reply(std::shared_ptr<calls*> owner, link_id link, std::uint64_t id)
            : owner_(std::move(owner)),
              link_(link),
              id_(id) {}
        ~pending_reply() { send(std::nullopt); }
        void send(std::optional<std::string> payload);

    private:
        const std::shared_ptr<calls*> owner_;
        const link_id link_;
        const std::uint64_t id_;
        bool sent_ = false;
    };
    void finish(std::uint64_t id, std::optional<std::string> payload);

    net::timer_queue& timers_;
    const sender send_;
    std::map<std::uint64_t, std::unique_ptr<pending_call>> pending_;
    std::map<link_id, std::size_t> pending_count_, serving_count_;
    std::map<std::uint32_t, call_handler> handlers_;
    std::uint64_t next_id_ = 1, unanswered_ = 0;
    /// Replies that come after the destruction of this object are dropped.
    std::shared_ptr<calls*> self_ = std::make_shared<calls*>(this);
};

} // namespace thalamus::cluster
