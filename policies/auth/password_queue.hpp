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
    added add(password_lookup question, Asker who) {
        for (auto* all : {&making_, &waiting_})
            if (const auto at = find(*all, question.name); at != all->end()) {
                at->askers.push_back(std::move(who));
                return added::joined;
            }
        if (waiting_.size() >= most_) return added::overload;
        waiting_.push_back({std::move(question), {}});
        waiting_.back().askers.push_back(std::move(who));
        return added::first;
    }

    /// The check to run next, the oldest; finish() must follow.
    std::optional<password_lookup> take() {
        if (waiting_.empty()) return std::nullopt;
        making_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
        return making_.back().question;
    }
    /// The askers that wait for the result.
    std::vector<Asker> finish(const password_name& name) {
        const auto at = find(making_, name);
        auto askers = std::move(at->askers);
        making_.erase(at);
        return askers;
    }

    /// The asker no longer needs the result. Unknown askers are ignored.
    void cancel(const password_name& name, const Asker& who) {
        for (auto* all : {&making_, &waiting_})
            if (const auto at = find(*all, name); at != all->end()) {
                std::erase(at->askers, who);
                if (at->askers.empty() && all == &waiting_) all->erase(at);
                return;
            }
    }

    bool idle() const { return waiting_.empty(); }

private:
    struct job {
        password_lookup question;
        std::vector<Asker> askers;
    };
    using jobs = std::deque<job>;
    static typename jobs::iterator find(jobs& all, const password_name& name) {
        return std::ranges::find_if(all, [&](const job& j) { return j.question.name == name; });
    }

    const std::size_t most_;
    jobs waiting_, making_; // only a few: an index is not worth it
};

} // namespace thalamus::auth
