#pragma once
// Questions to peers and their answers, each with a deadline; bounded in both directions. Owned by the
// cluster actor and used on its reactor only.

#include "cluster/link_messages.hpp"
#include "cluster/messages.hpp"
#include "cluster/topics.hpp" // longest_payload
#include "net/timer.hpp"

#include <functional>
#include <map>
#include <memory>

namespace thalamus::cluster {

/// Nothing: no answer in time, no such peer, too many questions, or the peer cannot tell.
using answer_handler = std::function<void(std::optional<std::string> payload)>;
/// Gives the answer; from the same reactor, at once or later. The first one counts; if all copies are
/// dropped unused, that is the answer that there is none.
using answer_giver = std::function<void(std::optional<std::string> payload)>;
using question_handler =
    std::function<void(const std::string& peer, std::string_view payload, answer_giver give)>;

class questions {
public:
    using send = std::function<void(link_id to, const message& what)>;

    questions(net::timer_queue& timers, send out) : timers_(timers), send_(std::move(out)) {}
    ~questions();

    /// `then` is called exactly once.
    void ask(link_id to, std::uint32_t kind, std::string payload, net::time_point deadline,
             answer_handler then);
    void answered(link_id by, const answer& what);
    /// Those of this kind are answered by `how`.
    void answer_with(std::uint32_t kind, question_handler how);
    void asked(link_id by, const std::string& peer, const question& what);
    /// What was asked there is not answered any more.
    void link_closed(link_id id);

    std::uint64_t unanswered() const { return unanswered_; } ///< in total, of those asked

    /// Questions to one peer that wait for answers, and of one peer that are being answered.
    static constexpr std::size_t most_waiting = 1024;

private:
    struct waiting {
        waiting(questions& owner, std::uint64_t id, link_id to, answer_handler then);
        link_id to;
        answer_handler then;
        net::timer deadline;
        questions& owner;
        std::uint64_t id;
    };
    /// What all copies of an answer_giver have in common.
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
    std::map<std::uint32_t, question_handler> handlers_;
    std::uint64_t next_ = 1, unanswered_ = 0;
    /// Answers that come when this is gone go nowhere.
    std::shared_ptr<questions*> self_ = std::make_shared<questions*>(this);
};

} // namespace thalamus::cluster
