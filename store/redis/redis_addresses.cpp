#include "store/redis/redis_addresses.hpp"

#include <utility>

namespace thalamus::store {

void named_addresses::find(handler then) {
    then_ = std::move(then);
    next_ = 0;
    result_ = {};
    find_next();
}

void named_addresses::find_next() {
    for (; next_ < names_.size(); ++next_) {
        const auto& [host, port] = names_[next_];
        const auto address = net::numeric_address(host);
        if (!address) {
            lookup_.emplace(home_, [this](const auto& addresses) { found(addresses); });
            lookup_->start(host);
            return;
        }
        result_.found.emplace_back(*address, port);
    }
    if (!result_.found.empty()) result_.error.clear();
    std::exchange(then_, nullptr)(result_);
}

void named_addresses::found(const net::name_lookup::result& addresses) {
    const auto& [host, port] = names_[next_++];
    for (const auto& address : addresses.addresses) result_.found.emplace_back(address, port);
    if (addresses.addresses.empty()) result_.error = host + ": " + addresses.error;
    find_next();
}

} // namespace thalamus::store
