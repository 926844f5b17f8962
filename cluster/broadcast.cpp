#include "cluster/broadcast.hpp"

#include <algorithm>

namespace thalamus::cluster {

broadcast::broadcast(std::string self, std::uint64_t epoch, std::span<const topic_settings> topics,
                     std::chrono::milliseconds ask_again_after, handlers then)
    : self_(std::move(self)),
      epoch_(epoch),
      topics_(topics),
      ask_again_after_(ask_again_after),
      then_(std::move(then)) {
    epochs_[self_].current = epoch_;
}

void broadcast::set_members(const view& members) {
    std::map<std::string, epochs> next;
    next[self_].current = epoch_;
    for (const auto& m : members.members) {
        if (m.name == self_) continue;
        const auto was = epochs_[m.name];
        next[m.name] = {m.incarnation, was.current == m.incarnation ? was.former : was.current};
    }
    epochs_ = std::move(next);
    std::erase_if(logs_, [this](const auto& item) {
        const auto at = epochs_.find(item.first.origin);
        return at == epochs_.end() ||
               (item.first.epoch != at->second.current && item.first.epoch != at->second.former);
    });
}

bool broadcast::current(const std::string& origin, std::uint64_t epoch) const {
    const auto at = epochs_.find(origin);
    return at != epochs_.end() && at->second.current == epoch;
}

const topic_settings* broadcast::settings_of(std::uint32_t topic) const {
    const auto at = std::ranges::find(topics_, topic, &topic_settings::number);
    return at == topics_.end() ? nullptr : &*at;
}

broadcast::log* broadcast::find(std::uint32_t topic, const std::string& origin,
                                std::uint64_t epoch) {
    if (!settings_of(topic) || !current(origin, epoch)) return nullptr;
    return &logs_[{topic, origin, epoch}];
}

void broadcast::append(log& to, const topic_settings& bounds, std::string payload) {
    ++to.sequence;
    to.kept_bytes += payload.size();
    to.kept.push_back(std::move(payload));
    while (to.kept.size() > bounds.keep_entries || to.kept_bytes > bounds.keep_bytes) {
        to.kept_bytes -= to.kept.front().size();
        to.kept.pop_front();
    }
}

std::optional<log_entries> broadcast::publish(std::uint32_t topic, std::string payload) {
    if (payload.size() > longest_payload) return std::nullopt;
    log* own = find(topic, self_, epoch_);
    if (!own) return std::nullopt;
    log_entries out{topic, self_, epoch_, own->sequence + 1, {payload}, false};
    append(*own, *settings_of(topic), std::move(payload));
    return out;
}

std::vector<log_position> broadcast::positions() const {
    std::vector<log_position> out;
    for (const auto& [k, l] : logs_)
        if (l.sequence > 0 && current(k.origin, k.epoch))
            out.push_back({k.topic, k.origin, k.epoch, l.sequence});
    return out;
}

std::vector<log_want> broadcast::missing(const std::vector<log_position>& theirs, time_point now) {
    std::vector<log_want> out;
    for (const auto& p : theirs) {
        if (p.origin == self_) continue;
        log* mine = find(p.topic, p.origin, p.epoch);
        if (!mine || p.sequence <= mine->sequence) continue;
        if (mine->asking && now - mine->asked < ask_again_after_) continue; // from another peer
        mine->asking = true;
        mine->asked = now;
        out.push_back({p.topic, p.origin, p.epoch, mine->sequence});
    }
    return out;
}

std::optional<log_want> broadcast::receive(const log_entries& from, time_point now) {
    if (from.origin == self_) return std::nullopt;
    log* mine = find(from.topic, from.origin, from.epoch);
    if (!mine || from.payloads.empty()) return std::nullopt;
    const auto last = from.first + from.payloads.size() - 1;
    if (from.first > mine->sequence + 1) { // the entries between were lost
        if (mine->asking && now - mine->asked < ask_again_after_) return std::nullopt;
        mine->asking = true;
        mine->asked = now;
        return log_want{from.topic, from.origin, from.epoch, mine->sequence};
    }
    if (last <= mine->sequence) return std::nullopt; // already known
    // The handler may publish, but cannot remove this log: it belongs to another origin.
    const auto& bounds = *settings_of(from.topic);
    for (auto i = mine->sequence + 1 - from.first; i < from.payloads.size(); ++i) {
        append(*mine, bounds, from.payloads[i]);
        then_.deliver(from.topic, from.origin, from.payloads[i]);
    }
    mine->asking = from.more;
    if (!from.more) return std::nullopt;
    mine->asked = now;
    return log_want{from.topic, from.origin, from.epoch, mine->sequence};
}

void broadcast::receive(const log_reset& from) {
    if (from.origin == self_) return;
    log* mine = find(from.topic, from.origin, from.epoch);
    if (!mine) return;
    mine->asking = false;
    if (from.sequence <= mine->sequence) return;
    mine->sequence = from.sequence;
    mine->kept.clear();
    mine->kept_bytes = 0;
    then_.reset(from.topic, from.origin, from.snapshot);
}

std::optional<message> broadcast::answer(const log_want& want) const {
    const auto at = logs_.find({want.topic, want.origin, want.epoch});
    if (at == logs_.end()) return std::nullopt;
    const log& mine = at->second;
    if (want.after >= mine.sequence) return std::nullopt;
    const auto first_kept = mine.sequence - mine.kept.size() + 1;
    if (want.after + 1 < first_kept) {
        auto snapshot = then_.snapshot(want.topic);
        if (snapshot && snapshot->size() > longest_snapshot) snapshot.reset();
        // Without a snapshot, the kept entries are the best there is.
        return log_reset{want.topic, want.origin, want.epoch,
                         snapshot ? mine.sequence : first_kept - 1, std::move(snapshot)};
    }
    log_entries out{want.topic, want.origin, want.epoch, want.after + 1, {}, false};
    std::size_t bytes = 0;
    for (auto i = want.after + 1 - first_kept; i < mine.kept.size() && !out.more; ++i) {
        bytes += mine.kept[i].size();
        out.more = !out.payloads.empty() && bytes > answer_bytes;
        if (!out.more) out.payloads.push_back(mine.kept[i]);
    }
    return out;
}

} // namespace thalamus::cluster
