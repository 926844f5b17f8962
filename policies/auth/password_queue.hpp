#pragma once
// Password checks that wait or run, and their askers; equal checks run once. Knows no threads and
// no time; if shared, it must be locked.
//
//     add() ─► waiting ─ take() ─► running ─ finish() ─► its askers
//                 └─ cancel() by its last asker ─► removed

#include "policies/auth/passwords.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace thalamus::auth {

/// `Asker` is copied and compared. Each asker waits for one check.
template <class Asker>
class password_queue {
public:
    /// `most` checks may wait. Askers of equal checks are exchanges, limited by the connection
    /// limit.
    explicit password_queue(std::size_t most) : most_(most) {}

    enum class added : unsigned char {
        first,   ///< one more check to run
        joined,  ///< shares the result of an equal check
        overload ///< not added: too many are waiting
    };
    added add(password_lookup lookup, Asker asker) {
        for (auto* all : {&running_, &waiting_})
            if (const auto found = find(*all, lookup.name); found != all->end()) {
                found->askers.push_back(std::move(asker));
                return added::joined;
            }
        if (waiting_.size() >= most_) return added::overload;
        waiting_.push_back({std::move(lookup), {}});
        waiting_.back().askers.push_back(std::move(asker));
        return added::first;
    }

    /// The check to run next, the oldest; finish() must follow.
    std::optional<password_lookup> take() {
        if (waiting_.empty()) return std::nullopt;
        running_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
        return running_.back().lookup;
    }
    /// The askers that wait for the result.
    std::vector<Asker> finish(const password_name& name) {
        const auto found = find(running_, name);
        auto askers = std::move(found->askers);
        running_.erase(found);
        return askers;
    }

    /// The asker no longer needs the result. Unknown askers are ignored.
    void cancel(const password_name& name, const Asker& asker) {
        for (auto* all : {&running_, &waiting_})
            if (const auto found = find(*all, name); found != all->end()) {
                std::erase(found->askers, asker);
                if (found->askers.empty() && all == &waiting_) all->erase(found);
                return;
            }
    }

    bool idle() const { return waiting_.empty(); }

private:
    struct job {
        password_lookup lookup;
        std::vector<Asker> askers;
    };
    using jobs = std::deque<job>;
    static typename jobs::iterator find(jobs& all, const password_name& name) {
        return std::ranges::find_if(all, [&](const job& j) { return j.lookup.name == name; });
    }

    const std::size_t most_;
    jobs waiting_, running_; // only a few: an index is not worth it
};

} // namespace thalamus::auth
