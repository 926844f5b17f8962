#pragma once
// Remembers correct passwords for a minute: a check is slow by design, and clients of HTTP Basic
// send the password with every request. The keys are names that only this process can compute
// (policies/auth/password_name.hpp). Wrong passwords are not remembered: their number is unlimited.
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
    static constexpr std::chrono::seconds lasts{60}; ///< from the check; use does not extend it

    explicit password_memory(std::size_t most = 8'000) : right_(most) {}

    /// Null if unknown or expired.
    std::shared_ptr<const principal> find(const password_name& name, time_point now) {
        const auto* known = right_.find(name);
        if (!known) return nullptr;
        if (now < known->until) return known->principal;
        right_.erase(name);
        return nullptr;
    }
    /// The password was correct at `now`.
    void add(const password_name& name, std::shared_ptr<const principal> principal,
             time_point now) {
        right_.add(name, {std::move(principal), now + lasts});
    }
    std::size_t size() const { return right_.size(); }

private:
    struct known {
        std::shared_ptr<const auth::principal> principal;
        time_point until;
    };
    recent_digests<known> right_;
};

} // namespace thalamus::auth
