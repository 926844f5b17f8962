#include "cluster/broadcast.hpp"

#include <algorithm>

namespace thalamus::cluster {

broadcast::broadcast(std::string self, std::uint64_t epoch, std::span<const topic_settings> topics,
                     std::chrono::milliseconds retry_after, handlers handlers)
    : self_(std::move(self)),
      epoch_(epoch),
      topics_(topics),
      retry_after_(retry_after),
      handlers_(std::move(handlers)) {
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
        const auto found = epochs_.find(item.first.origin);
        return found == epochs_.end() || (item.first.epoch != found->second.current &&
                                          item.first.epoch != found->second.former);
    });
}

bool broadcast::current(const std::string& origin, std::uint64_t epoch) const {
    const auto found = epochs_.find(origin);
    return found != epochs_.end() && found->second.current == epoch;
}

const topic_settings* broadcast::settings_of(std::uint32_t topic) const {
    const auto found = std::ranges::find(topics_, topic, &topic_settings::number);
    return found == topics_.end() ? nullptr : &*found;
}

broadcast::log* broadcast::find(std::uint32_t topic, const std::string& origin,
                                std::uint64_t epoch) {
    if (!settings_of(topic) || !current(origin, epoch)) return nullptr;
    return &logs_[{topic, origin, epoch}];
}

void broadcast::append(log& log, const topic_settings& bounds, std::string payload) {
    ++log.sequence;
    log.entry_bytes += payload.size();
    log.entries.push_back(std::move(payload));
    while (log.entries.size() > bounds.keep_entries || log.entry_bytes > bounds.keep_bytes) {
        log.entry_bytes -= log.entries.front().size();
        log.entries.pop_front();
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

std::vector<log_want> broadcast::missing(const std::vector<log_position>& positions,
                                         time_point now) {
    std::vector<log_want> out;
    for (const auto& p : positions) {
        if (p.origin == self_) continue;
        log* own = find(p.topic, p.origin, p.epoch);
        if (!own || p.sequence <= own->sequence) continue;
        if (own->requesting && now - own->requested_at < retry_after_)
            continue; // from another peer
        own->requesting = true;
        own->requested_at = now;
        out.push_back({p.topic, p.origin, p.epoch, own->sequence});
    }
    return out;
}

std::optional<log_want> broadcast::receive(const log_entries& entries, time_point now) {
    if (entries.origin == self_) return std::nullopt;
    log* own = find(entries.topic, entries.origin, entries.epoch);
    if (!own || entries.payloads.empty()) return std::nullopt;
    const auto last = entries.first + entries.payloads.size() - 1;
    if (entries.first > own->sequence + 1) { // the entries between were lost
        if (own->requesting && now - own->requested_at < retry_after_) return std::nullopt;
        own->requesting = true;
        own->requested_at = now;
        return log_want{entries.topic, entries.origin, entries.epoch, own->sequence};
    }
    if (last <= own->sequence) return std::nullopt; // already known
    // The handler may publish, but cannot remove this log: it belongs to another origin.
    const auto& bounds = *settings_of(entries.topic);
    for (auto i = own->sequence + 1 - entries.first; i < entries.payloads.size(); ++i) {
        append(*own, bounds, entries.payloads[i]);
        handlers_.deliver(entries.topic, entries.origin, entries.payloads[i]);
    }
    own->requesting = entries.more;
    if (!entries.more) return std::nullopt;
    own->requested_at = now;
    return log_want{entries.topic, entries.origin, entries.epoch, own->sequence};
}

void broadcast::receive(const log_reset& reset) {
    if (reset.origin == self_) return;
    log* own = find(reset.topic, reset.origin, reset.epoch);
    if (!own) return;
    own->requesting = false;
    if (reset.sequence <= own->sequence) return;
    own->sequence = reset.sequence;
    own->entries.clear();
    own->entry_bytes = 0;
    handlers_.reset(reset.topic, reset.origin, reset.snapshot);
}

std::optional<message> broadcast::reply_to(const log_want& want) const {
    const auto found = logs_.find({want.topic, want.origin, want.epoch});
    if (found == logs_.end()) return std::nullopt;
    const log& own = found->second;
    if (want.after >= own.sequence) return std::nullopt;
    const auto first_stored = own.sequence - own.entries.size() + 1;
    if (want.after + 1 < first_stored) {
        auto snapshot = handlers_.snapshot(want.topic);
        if (snapshot && snapshot->size() > longest_snapshot) snapshot.reset();
        // Without a snapshot, the kept entries are the best there is.
        return log_reset{want.topic, want.origin, want.epoch,
                         snapshot ? own.sequence : first_stored - 1, std::move(snapshot)};
    }
    log_entries out{want.topic, want.origin, want.epoch, want.after + 1, {}, false};
    std::size_t bytes = 0;
    for (auto i = want.after + 1 - first_stored; i < own.entries.size() && !out.more; ++i) {
        bytes += own.entries[i].size();
        out.more = !out.payloads.empty() && bytes > reply_bytes;
        if (!out.more) out.payloads.push_back(own.entries[i]);
    }
    return out;
}

} // namespace thalamus::cluster
