#include "tests/failures/watch.hpp"

#include "tests/failures/load.hpp"
#include "tests/support/raw_client.hpp"

#include <nlohmann/json.hpp>

namespace thalamus::test {
namespace {

cluster_view parse(const std::string& body) {
    cluster_view view;
    const auto said = nlohmann::json::parse(body);
    for (auto& member : said.at("members"))
        view[member.at("name")] = {member.at("state"), member.at("store"), member.at("answered"),
                                   member.at("incarnation")};
    return view;
}

} // namespace

membership_watch::membership_watch(std::vector<std::string> addresses, std::uint16_t port,
                                   std::string token)
    : port_(port),
      token_(std::move(token)) {
    for (auto& address : addresses) {
        auto& node = *nodes_.emplace_back(std::make_unique<watched>());
        node.address = address;
        node.thread = std::thread([this, &node] { follow(node); });
    }
}

membership_watch::~membership_watch() {
    stopping_ = true;
    for (auto& node : nodes_) node->thread.join();
}

void membership_watch::follow(watched& node) {
    while (!stopping_) {
        const auto asked = now();
        try {
            raw_client client(node.address, port_, 1s);
            client.send(request_text("GET", "/cluster", {{"Authorization", "Bearer " + token_}}));
            auto answer = client.read("GET", 2s);
            if (answer.status == 200) {
                auto view = parse(answer.body);
                std::lock_guard lock(mutex_);
                const auto at = now();
                node.slowest = std::max(node.slowest, at - asked);
                node.asked = asked;
                if (node.changes.empty() || node.changes.back().view != view)
                    node.changes.push_back({at, std::move(view)});
            }
        } catch (const test_error&) { // not there, or frozen: says nothing
        }
        std::this_thread::sleep_for(50ms);
    }
}

cluster_view membership_watch::latest(std::size_t node) const {
    std::lock_guard lock(mutex_);
    auto& changes = nodes_.at(node)->changes;
    return changes.empty() ? cluster_view{} : changes.back().view;
}

moment membership_watch::wait(std::size_t node,
                              const std::function<bool(const cluster_view&)>& fits, moment since,
                              deadline until, const std::string& what) const {
    moment at = 0;
    auto fitting = [&] {
        std::lock_guard lock(mutex_);
        auto& of = *nodes_.at(node);
        for (auto& one : of.changes)
            if (one.at >= since && fits(one.view)) {
                at = one.at;
                return true;
            }
        // It was so already, and a question that was asked since has found it so still.
        if (of.changes.empty() || of.asked < since || !fits(of.changes.back().view)) return false;
        at = std::max(since, of.changes.back().at);
        return true;
    };
    if (!eventually(fitting, until, 10ms))
        throw timed_out("node " + std::to_string(node) + " does not see " + what +
                        "; it sees: " + to_text(latest(node)));
    return at;
}

moment membership_watch::slowest(std::size_t node) const {
    std::lock_guard lock(mutex_);
    return nodes_.at(node)->slowest;
}

std::string to_text(const cluster_view& view) {
    std::string text;
    for (auto& [name, member] : view)
        text += (text.empty() ? "" : ", ") + name + " " + member.state + " (store " + member.store +
                (member.answered ? ")" : ", no answer)");
    return text.empty() ? "nothing" : text;
}

} // namespace thalamus::test
