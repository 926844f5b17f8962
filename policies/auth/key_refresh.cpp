#include "policies/auth/key_refresh.hpp"

#include <algorithm>

namespace thalamus::auth {

using std::chrono::seconds;

seconds key_refresh::lifetime(std::optional<seconds> allowed) {
    constexpr seconds unless_told = std::chrono::minutes(5), longest = std::chrono::hours(24);
    return allowed && *allowed >= seconds(1) ? std::min(*allowed, longest) : unless_told;
}

void key_refresh::learned(time_point fetched, seconds lifetime) {
    fetched_ = fetched;
    lifetime_ = lifetime;
    failures_ = 0;
    not_before_ = time_point::min();
}

void key_refresh::failed(time_point now) {
    constexpr unsigned to_the_most = 6;
    const duration most = now < usable_until() ? duration(std::chrono::minutes(1))
                                               : std::max<duration>(seconds(1), settings_.cooldown);
    not_before_ = now + std::min<duration>(seconds(1 << std::min(failures_, to_the_most)), most);
    ++failures_;
}

key_refresh::time_point key_refresh::due(bool owner) const {
    if (!fetched_) return not_before_;
    const duration fresh = lifetime_;
    return std::max(not_before_, *fetched_ + (owner ? fresh * 3 / 4 : fresh));
}

key_refresh::time_point key_refresh::usable_until() const {
    return fetched_ ? *fetched_ + lifetime_ + settings_.keep : time_point::min();
}

} // namespace thalamus::auth
