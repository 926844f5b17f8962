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

std::optional<password_lookup> passwords::lookup(const basic_credentials& credentials,
                                                 const password_name& name) const {
    if (users_.empty()) return std::nullopt;
    const auto found = by_user_.find(credentials.user);
    if (found == by_user_.end())
        return password_lookup{name, credentials.password,
                               users_[choose_(credentials.user) % users_.size()].hash, nullptr};
    const auto& user = users_[found->second];
    return password_lookup{name, credentials.password, user.hash, user.principal};
}

} // namespace thalamus::auth
