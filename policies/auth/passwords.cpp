#include "policies/auth/passwords.hpp"

namespace thalamus::auth {

passwords::passwords(const std::vector<config::consumer_settings>& consumers) {
    for (const auto& consumer : consumers) {
        if (!consumer.basic) continue;
        by_user_.emplace(consumer.basic->user, users_.size());
        users_.push_back(
            {consumer.basic->password_hash,
             std::make_shared<const principal>(principal_of_consumer(consumer, "basic"))});
    }
}

std::optional<password_lookup> passwords::question(const basic_credentials& of,
                                                   const password_name& name) const {
    if (users_.empty()) return std::nullopt;
    const auto at = by_user_.find(of.user);
    if (at == by_user_.end())
        return password_lookup{name, of.password, users_[choose_(of.user) % users_.size()].hash,
                               nullptr};
    const auto& user = users_[at->second];
    return password_lookup{name, of.password, user.hash, user.who};
}

} // namespace thalamus::auth
