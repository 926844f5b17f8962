#pragma once
// Which password checks wait, which are being made, and who asked for them: equal ones are made once. Knows no
// thread and no time; whoever shares it locks it.
//
//     add() ─► waiting ─ take() ─► being made ─ finish() ─► its askers
//                 └─ cancel() by its last asker ─► gone

#include "policies/auth/passwords.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace thalamus::auth {

/// `Asker` is copied and compared. One asker asks one question.
template <class Asker>
class password_queue {
public:
    /// `most` questions wait. Each asker of an equal one is an exchange, which the limit of connections bounds.
    explicit password_queue(std::size_t most) : most_(most) {}

    enum class added : unsigned char {
        first,   ///< one more check to make
        joined,  ///< its answer will come with another's
        overload ///< too many wait: not added
    };
    added add(password_question question, Asker who) {
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

    /// The check to make now, the oldest; to be finished.
    std::optional<password_question> take() {
        if (waiting_.empty()) return std::nullopt;
        making_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
        return making_.back().question;
    }
    /// Who waits for the answer.
    std::vector<Asker> finish(const password_name& name) {
        const auto at = find(making_, name);
        auto askers = std::move(at->askers);
        making_.erase(at);
        return askers;
    }

    /// The asker wants no answer any more. Unknown ones are ignored.
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
        password_question question;
        std::vector<Asker> askers;
    };
    using jobs = std::deque<job>;
    static typename jobs::iterator find(jobs& all, const password_name& name) {
        return std::ranges::find_if(all, [&](const job& j) { return j.question.name == name; });
    }

    const std::size_t most_;
    jobs waiting_, making_; // a few: not worth an index
};

} // namespace thalamus::auth
