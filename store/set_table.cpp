#include "store/set_table.hpp"

namespace thalamus::store {

namespace {
/// For a member: the nodes of two trees.
constexpr std::size_t overhead = 192;
} // namespace

bool set_table::add(std::string_view set, std::string_view member, time_point now,
                    time_point expires) {
    const std::lock_guard lock(mutex_);
    auto in = open(set, now);
    if (expires <= now) {
        close_if_empty(in);
        return true;
    }
    if (in == sets_.end()) in = sets_.emplace(std::string(set), members_by_expiry{}).first;
    auto& [members, by_expiry] = in->second;
    auto found = members.find(member);
    if (found == members.end()) {
        const auto size = member.size() + overhead;
        if (members.size() >= most_.members || bytes_ + size > most_.bytes) {
            close_if_empty(in);
            return false;
        }
        bytes_ += size;
        found = members.emplace(std::string(member), time_point::min()).first;
    }
    if (found->second >= expires) return true;
    by_expiry.erase({found->second, found->first});
    found->second = expires;
    if (expires != never) by_expiry.emplace(expires, found->first);
    return true;
}

void set_table::remove(std::string_view set, std::string_view member, time_point now) {
    const std::lock_guard lock(mutex_);
    const auto in = open(set, now);
    if (in == sets_.end()) return;
    const auto found = in->second.members.find(member);
    if (found != in->second.members.end()) remove(in->second, found);
    close_if_empty(in);
}

set_page set_table::scan(std::string_view set, std::string_view cursor, time_point now) {
    const std::lock_guard lock(mutex_);
    set_page page;
    const auto in = open(set, now);
    if (in == sets_.end()) return page;
    const auto& members = in->second.members;
    // '>' and the member after which to continue, which may be the empty one.
    auto next = cursor.empty() ? members.begin() : members.upper_bound(cursor.substr(1));
    for (std::size_t seen = 0; next != members.end() && seen < expiring_sets::page_size;
         ++next, ++seen)
        if (next->second > now) page.members.push_back({next->first, next->second});
    if (next != members.end()) page.next = ">" + std::prev(next)->first;
    close_if_empty(in);
    return page;
}

std::size_t set_table::size() const {
    const std::lock_guard lock(mutex_);
    std::size_t all = 0;
    for (const auto& [name, set] : sets_) all += set.members.size();
    return all;
}

set_table::sets::iterator set_table::open(std::string_view set, time_point now) {
    const auto in = sets_.find(set);
    if (in == sets_.end()) return in;
    auto& [members, by_expiry] = in->second;
    for (std::size_t left = expiring_sets::swept;
         left > 0 && !by_expiry.empty() && by_expiry.begin()->first <= now; --left)
        remove(in->second, members.find(by_expiry.begin()->second));
    return in;
}

void set_table::close_if_empty(sets::iterator set) {
    if (set != sets_.end() && set->second.members.empty()) sets_.erase(set);
}

void set_table::remove(members_by_expiry& set, map::iterator member) {
    bytes_ -= member->first.size() + overhead;
    set.by_expiry.erase({member->second, member->first});
    set.members.erase(member);
}

} // namespace thalamus::store
