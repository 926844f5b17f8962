#pragma once
// Expiring sets in this node's memory, bounded in members and bytes. Any thread. Each call removes
// a few expired members of its set.

#include "store/store.hpp"

#include <map>
#include <mutex>
#include <set>

namespace thalamus::store {

class set_table {
public:
    struct bounds {
        std::size_t members = expiring_sets::most_members; ///< of one set
        std::size_t bytes = std::size_t{64} << 20;         ///< of all sets, with their overhead
    };
    explicit set_table(bounds most) : most_(most) {}

    /// See expiring_sets. False if there is no room.
    bool add(std::string_view set, std::string_view member, time_point now, time_point expires);
    void remove(std::string_view set, std::string_view member, time_point now);
    set_page scan(std::string_view set, std::string_view cursor, time_point now);

    /// The number of members, including expired ones.
    std::size_t size() const;

private:
    using map = std::map<std::string, time_point, std::less<>>;
    struct members_by_expiry {
        map members;
        std::set<std::pair<time_point, std::string_view>> by_expiry; // those that expire
    };
    using sets = std::map<std::string, members_by_expiry, std::less<>>;

    sets::iterator open(std::string_view set, time_point now);
    void close_if_empty(sets::iterator set);
    void remove(members_by_expiry& set, map::iterator member);

    const bounds most_;
    mutable std::mutex mutex_;
    sets sets_;
    std::size_t bytes_ = 0;
};

} // namespace thalamus::store
