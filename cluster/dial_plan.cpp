#include "cluster/dial_plan.hpp"

#include <algorithm>

namespace thalamus::cluster {

void dial_plan::want(const std::set<address>& wanted) {
    std::erase_if(entries_, [&](const auto& item) {
        return !item.second.dialling && !wanted.contains(item.first);
    });
    for (const auto& a : wanted) entries_.try_emplace(a);
}

std::vector<dial_plan::address> dial_plan::due(time_point now,
                                               const std::set<std::string>& linked) {
    std::vector<std::pair<time_point, address>> waiting;
    std::size_t dialling = 0;
    for (const auto& [peer, e] : entries_) {
        if (e.dialling) ++dialling;
        else if (e.next <= now && (e.name.empty() || !linked.contains(e.name)))
            waiting.emplace_back(e.next, peer);
    }
    std::ranges::sort(waiting); // the longest waiting first
    waiting.resize(std::min(waiting.size(), most_dials - dialling));
    std::vector<address> out;
    for (const auto& [since, peer] : waiting) {
        entries_[peer].dialling = true;
        out.push_back(peer);
    }
    return out;
}

unsigned dial_plan::failed(const address& peer, time_point now, std::uint32_t random) {
    const auto found = entries_.find(peer);
    if (found == entries_.end()) return 0;
    auto& e = found->second;
    e.dialling = false;
    const auto pause = std::min(first_pause * (1 << std::min(e.failures, 10u)), longest_pause);
    ++e.failures;
    // Half to all of the pause, so that nodes that lost each other at the same moment do not dial
    // at the same moment.
    e.next = now + pause / 2 + std::chrono::milliseconds(random % (pause.count() / 2 + 1));
    return e.failures;
}

void dial_plan::connected(const address& peer, const std::string& name) {
    const auto found = entries_.find(peer);
    if (found == entries_.end()) return;
    found->second.dialling = false;
    found->second.name = name;
    found->second.failures = 0;
}

void dial_plan::named(const address& peer, const std::string& name) {
    const auto found = entries_.find(peer);
    if (found == entries_.end()) return;
    found->second.name = name;
    found->second.failures = std::min(found->second.failures, 2u);
}

void dial_plan::lost(const address& peer, time_point now, std::uint32_t random) {
    const auto found = entries_.find(peer);
    if (found == entries_.end()) return;
    found->second.failures = 0;
    failed(peer, now, random);
}

} // namespace thalamus::cluster
