#pragma once
// Users whose password was found right, for a minute: a check is meant to be slow, and clients of HTTP Basic
// send the password with every request. Known by names that only this process can make
// (policies/auth/password_name.hpp). Wrong ones are not remembered: there is no end of them.
// Owned by a reactor's authenticator, for one configuration, and used on its thread only.

#include "policies/auth/password_name.hpp"
#include "policies/auth/principal.hpp"
#include "policies/auth/recent_digests.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace thalamus::auth {

class password_memory {
public:
    using time_point = std::chrono::system_clock::time_point;
    static constexpr std::chrono::seconds lasts{60}; ///< from the check, however often it is used

    explicit password_memory(std::size_t most = 8'000) : right_(most) {}

    /// Null if it is not known.
    std::shared_ptr<const principal> find(const password_name& name, time_point now) {
        const auto* known = right_.find(name);
        if (!known) return nullptr;
        if (now < known->until) return known->who;
        right_.erase(name);
        return nullptr;
    }
    /// It was right at `now`.
    void add(const password_name& name, std::shared_ptr<const principal> who, time_point now) {
        right_.add(name, {std::move(who), now + lasts});
    }
    std::size_t size() const { return right_.size(); }

private:
    struct known {
        std::shared_ptr<const principal> who;
        time_point until;
    };
    recent_digests<known> right_;
};

} // namespace thalamus::auth
