#pragma once
// Calls to peers and their responses, each with a deadline; bounded in both directions. Owned by
// the cluster actor and used on its reactor only.

#include "cluster/handlers.hpp"
#include "cluster/link_messages.hpp"
#include "cluster/messages.hpp"
#include "cluster/topics.hpp" // longest_payload
#include "net/timer.hpp"

#include <functional>
#include <map>
#include <memory>

namespace thalamus::cluster {

class questions {
public:
    using send = std::function<void(link_id to, const message& what)>;

    questions(net::timer_queue& timers, send out) : timers_(timers), send_(std::move(out)) {}
    ~questions();

    /// `then` is called exactly once.
    void ask(link_id to, std::uint32_t kind, std::string payload, net::time_point deadline,
             response_handler then);
    void answered(link_id by, const answer& what);
    /// Sets the handler for calls of this kind.
    void answer_with(std::uint32_t kind, call_handler how);
    void asked(link_id by, const std::string& peer, const question& what);
    /// Calls over this link get no response any more.
    void link_closed(link_id id);

    std::uint64_t unanswered() const { return unanswered_; } ///< own calls, in total

    /// The most calls to one peer that wait for responses, and from one peer that are being
    /// handled.
    static constexpr std::size_t most_waiting = 1024;

private:
    struct waiting {
        waiting(questions& owner, std::uint64_t id, link_id to, response_handler then);
        void on_deadline() { owner.finish(id, std::nullopt); }

        link_id to;
        response_handler then;
        net::timer deadline;
        questions& owner;
        std::uint64_t id;
    };
    /// What all copies of a responder share.
    class owed_answer {
    public:
        owed_answer(std::shared_ptr<questions*> owner, link_id to, std::uint64_t id)
            : owner_(std::move(owner)),
              to_(to),
              id_(id) {}
        ~owed_answer() { give(std::nullopt); }
        void give(std::optional<std::string> payload);

    private:
        const std::shared_ptr<questions*> owner_;
        const link_id to_;
        const std::uint64_t id_;
        bool given_ = false;
    };
    void finish(std::uint64_t id, std::optional<std::string> payload);

    net::timer_queue& timers_;
    const send send_;
    std::map<std::uint64_t, std::unique_ptr<waiting>> waiting_;
    std::map<link_id, std::size_t> waiting_of_, answering_;
    std::map<std::uint32_t, call_handler> handlers_;
    std::uint64_t next_ = 1, unanswered_ = 0;
    /// Responses that come after the destruction of this object are dropped.
    std::shared_ptr<questions*> self_ = std::make_shared<questions*>(this);
};

} // namespace thalamus::cluster
