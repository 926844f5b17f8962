#include "cluster/calls.hpp"

#include <utility>
#include <vector>

namespace thalamus::cluster {

calls::pending_call::pending_call(calls& o, std::uint64_t number, link_id l, reply_handler handler)
    : link(l),
      on_reply(std::move(handler)),
      deadline(o.timers_, base::bind<&pending_call::on_deadline>(this)),
      owner(o),
      id(number) {}

calls::~calls() {
    *self_ = nullptr;
    for (auto& [id, c] : std::exchange(pending_, {})) c->on_reply(std::nullopt);
}

void calls::call(link_id link, std::uint32_t method, std::string payload, net::time_point deadline,
                 reply_handler on_reply) {
    if (link == 0 || payload.size() > longest_payload || pending_count_[link] >= most_pending) {
        ++unanswered_;
        on_reply(std::nullopt);
        return;
    }
    const auto id = next_id_++;
    ++pending_count_[link];
    auto& c = pending_[id] = std::make_unique<pending_call>(*this, id, link, std::move(on_reply));
    c->deadline.arm(deadline);
    send_(link, call_request{id, method, std::move(payload)});
}

void calls::finish(std::uint64_t id, std::optional<std::string> payload) {
    auto node = pending_.extract(id);
    if (node.empty()) return;
    const auto count = pending_count_.find(node.mapped()->link);
    if (count != pending_count_.end() && --count->second == 0) pending_count_.erase(count);
    if (!payload) ++unanswered_;
    node.mapped()->on_reply(std::move(payload));
}

void calls::on_reply(link_id link, const call_reply& reply) {
    const auto found = pending_.find(reply.id);
    if (found != pending_.end() && found->second->link == link) finish(reply.id, reply.payload);
}

void calls::serve(std::uint32_t method, call_handler handler) {
    handlers_[method] = std::move(handler);
}

void calls::on_request(link_id link, const std::string& peer, const call_request& request) {
    const auto handler = handlers_.find(request.method);
    if (handler == handlers_.end() || serving_count_[link] >= most_pending) {
        send_(link, call_reply{request.id, std::nullopt});
        return;
    }
    ++serving_count_[link];
    handler->second(peer, request.payload,
                    [pending = std::make_shared<pending_reply>(self_, link, request.id)](
                        auto payload) { pending->send(std::move(payload)); });
}

void calls::pending_reply::send(std::optional<std::string> payload) {
    if (std::exchange(sent_, true) || !*owner_) return;
    auto& serving_count = (*owner_)->serving_count_;
    const auto count = serving_count.find(link_);
    if (count == serving_count.end()) return; // the link is closed
    if (--count->second == 0) serving_count.erase(count);
    if (payload && payload->size() > longest_payload) payload.reset();
    (*owner_)->send_(link_, call_reply{id_, std::move(payload)});
}

void calls::link_closed(link_id link) {
    serving_count_.erase(link);
    std::vector<std::uint64_t> closed;
    for (const auto& [id, c] : pending_)
        if (c->link == link) closed.push_back(id);
    for (const auto id : closed) finish(id, std::nullopt);
}

} // namespace thalamus::cluster
