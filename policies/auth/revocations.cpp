#include "policies/auth/revocations.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

namespace thalamus::auth {

namespace {

using std::chrono::system_clock;
std::string key_of(revocation::kind type, std::string_view name) {
    std::string key(1, static_cast<char>('0' + static_cast<int>(type)));
    return key.append(name);
}

} // namespace

// "2 1730000000000 alice": kind, milliseconds since the epoch (issued before), name.
std::string to_member(const revocation& revocation) {
    const auto before =
        std::chrono::floor<std::chrono::milliseconds>(revocation.issued_before.time_since_epoch());
    return std::to_string(static_cast<int>(revocation.type)) + " " +
           std::to_string(before.count()) + " " + revocation.name;
}

std::optional<revocation> revocation_of(std::string_view member, system_clock::time_point expires) {
    const auto* const end = member.data() + member.size();
    int type = 0;
    std::int64_t before = 0;
    auto read = std::from_chars(member.data(), end, type);
    if (read.ec != std::errc{} || type < 1 || type > 4 || read.ptr == end || *read.ptr != ' ')
        return std::nullopt;
    constexpr auto latest = std::int64_t{1} << 43; // the year 2248
    read = std::from_chars(read.ptr + 1, end, before);
    if (read.ec != std::errc{} || before < 0 || before > latest || read.ptr == end ||
        *read.ptr != ' ' || read.ptr + 1 == end)
        return std::nullopt;
    return revocation{static_cast<revocation::kind>(type), std::string(read.ptr + 1, end),
                      system_clock::time_point(std::chrono::milliseconds(before)), expires};
}

void revocations::add(const revocation& revocation) {
    const std::unique_lock lock(mutex_);
    auto& entry = entries_[key_of(revocation.type, revocation.name)];
    entry.issued_before = std::max(entry.issued_before, revocation.issued_before);
    entry.expires = std::max(entry.expires, revocation.expires);
    size_.store(entries_.size(), std::memory_order_relaxed);
}

bool revocations::covers(const principal& principal, time_point now) const {
    if (size() == 0) return false;
    const std::shared_lock lock(mutex_);
    return (!principal.token_id.empty() &&
            holds(revocation::kind::token, principal.token_id, now, {})) ||
           (!principal.subject.empty() &&
            holds(revocation::kind::subject, principal.subject, now, principal.issued_at)) ||
           (!principal.consumer.empty() &&
            holds(revocation::kind::consumer, principal.consumer, now, {})) ||
           (!principal.key_id.empty() && holds(revocation::kind::key, principal.key_id, now, {}));
}

bool revocations::covers_key(std::string_view id, time_point now) const {
    const std::shared_lock lock(mutex_);
    return holds(revocation::kind::key, id, now, {});
}

bool revocations::holds(revocation::kind type, std::string_view name, time_point now,
                        std::optional<time_point> issued) const {
    const auto found = entries_.find(key_of(type, name));
    if (found == entries_.end() || now >= found->second.expires) return false;
    // A token without an issue time may have been issued before.
    return type != revocation::kind::subject || !issued || *issued < found->second.issued_before;
}

void revocations::sweep(time_point now) {
    const std::unique_lock lock(mutex_);
    boost::unordered::erase_if(entries_, [&](const auto& e) { return now >= e.second.expires; });
    size_.store(entries_.size(), std::memory_order_relaxed);
}

} // namespace thalamus::auth
