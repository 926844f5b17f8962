#include "net/kept_addresses.hpp"

namespace thalamus::net {

kept_addresses::advice kept_addresses::ask(time_point now) const {
    if (looking_) return !known_.empty() && now >= waited_enough() ? advice::use : advice::wait;
    if (now >= good_until_) return advice::look_up;
    return known_.empty() ? advice::fail : advice::use;
}

void kept_addresses::begun(time_point now) {
    looking_ = true;
    begun_ = now;
}

void kept_addresses::found(list addresses, std::chrono::seconds good_for, time_point now) {
    looking_ = false;
    known_ = std::move(addresses);
    if (known_.size() > most) known_.resize(most);
    good_until_ = now + good_for;
}

void kept_addresses::failed(std::string error, time_point now) {
    looking_ = false;
    error_ = std::move(error);
    good_until_ = now + rest;
}

void kept_addresses::is(const boost::asio::ip::address& address) {
    known_ = {address};
    good_until_ = time_point::max();
}

} // namespace thalamus::net
