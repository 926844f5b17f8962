#include "cluster/questions.hpp"

#include <utility>
#include <vector>

namespace thalamus::cluster {

questions::waiting::waiting(questions& o, std::uint64_t number, link_id peer, response_handler h)
    : to(peer),
      then(std::move(h)),
      deadline(o.timers_, base::bind<&waiting::on_deadline>(this)),
      owner(o),
      id(number) {}

questions::~questions() {
    *self_ = nullptr;
    for (auto& [id, w] : std::exchange(waiting_, {})) w->then(std::nullopt);
}

void questions::ask(link_id to, std::uint32_t kind, std::string payload, net::time_point deadline,
                    response_handler then) {
    if (to == 0 || payload.size() > longest_payload || waiting_of_[to] >= most_waiting) {
        ++unanswered_;
        then(std::nullopt);
        return;
    }
    const auto id = next_++;
    ++waiting_of_[to];
    auto& w = waiting_[id] = std::make_unique<waiting>(*this, id, to, std::move(then));
    w->deadline.arm(deadline);
    send_(to, question{id, kind, std::move(payload)});
}

void questions::finish(std::uint64_t id, std::optional<std::string> payload) {
    auto node = waiting_.extract(id);
    if (node.empty()) return;
    const auto count = waiting_of_.find(node.mapped()->to);
    if (count != waiting_of_.end() && --count->second == 0) waiting_of_.erase(count);
    if (!payload) ++unanswered_;
    node.mapped()->then(std::move(payload));
}

void questions::answered(link_id by, const answer& what) {
    const auto at = waiting_.find(what.id);
    if (at != waiting_.end() && at->second->to == by) finish(what.id, what.payload);
}

void questions::answer_with(std::uint32_t kind, call_handler how) {
    handlers_[kind] = std::move(how);
}

void questions::asked(link_id by, const std::string& peer, const question& what) {
    const auto handler = handlers_.find(what.kind);
    if (handler == handlers_.end() || answering_[by] >= most_waiting) {
        send_(by, answer{what.id, std::nullopt});
        return;
    }
    ++answering_[by];
    handler->second(peer, what.payload,
                    [debt = std::make_shared<owed_answer>(self_, by, what.id)](auto payload) {
                        debt->give(std::move(payload));
                    });
}

void questions::owed_answer::give(std::optional<std::string> payload) {
    if (std::exchange(given_, true) || !*owner_) return;
    auto& answering = (*owner_)->answering_;
    const auto count = answering.find(to_);
    if (count == answering.end()) return; // the link is gone
    if (--count->second == 0) answering.erase(count);
    if (payload && payload->size() > longest_payload) payload.reset();
    (*owner_)->send_(to_, answer{id_, std::move(payload)});
}

void questions::link_closed(link_id id) {
    answering_.erase(id);
    std::vector<std::uint64_t> gone;
    for (const auto& [number, w] : waiting_)
        if (w->to == id) gone.push_back(number);
    for (const auto number : gone) finish(number, std::nullopt);
}

} // namespace thalamus::cluster
