#pragma once
// When a server's name is looked up and how long what was found counts. Looked up when the
// addresses are needed and no longer fresh; kept while a later look-up fails, or takes so long that
// waiting for it would cost more than the change it might bring. Pure: time is passed in.

#include "net/timer.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace thalamus::net {

class kept_addresses {
public:
    using list = std::vector<boost::asio::ip::address>;

    /// After a failure, until the next look-up.
    static constexpr std::chrono::seconds rest{1};
    /// How long a look-up is waited for while older addresses are known.
    static constexpr std::chrono::seconds patience{1};
    /// Of one name; more are left out.
    static constexpr std::size_t most = 16;

    enum class advice : unsigned char {
        use,     ///< known()
        look_up, ///< and say begun()
        wait, ///< for the look-up under way; while addresses are known, not beyond waited_enough()
        fail  ///< nothing is known: error() says why
    };
    advice ask(time_point now) const;
    const list& known() const { return known_; }
    const std::string& error() const { return error_; }
    time_point waited_enough() const { return begun_ + patience; }

    void begun(time_point now);
    /// They are fresh for as long as `good_for` says.
    void found(list addresses, std::chrono::seconds good_for, time_point now);
    void failed(std::string error, time_point now);
    /// An address that needs no look-up, ever.
    void is(const boost::asio::ip::address& address);

private:
    list known_;
    std::string error_;
    time_point begun_{}, good_until_ = time_point::min();
    bool looking_ = false;
};

} // namespace thalamus::net
