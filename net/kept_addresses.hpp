#pragma once
// Decides when to look up the name of a server and how long to use the addresses. The name is
// looked up when the addresses are needed and no longer fresh. Older addresses remain in use while
// a later look-up fails, or takes so long that waiting costs more than outdated addresses would.
// Pure: the caller passes the time in.

#include "net/timer.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace thalamus::net {

class kept_addresses {
public:
    using list = std::vector<boost::asio::ip::address>;

    /// The pause between a failure and the next look-up.
    static constexpr std::chrono::seconds rest{1};
    /// How long a caller waits for a look-up while older addresses are known.
    static constexpr std::chrono::seconds patience{1};
    /// The maximum number of addresses for a name; further ones are dropped.
    static constexpr std::size_t most = 16;

    enum class advice : unsigned char {
        use,     ///< use known()
        look_up, ///< start a look-up and call begun()
        wait, ///< wait for the current look-up; if addresses are known, at most to waited_enough()
        fail  ///< no addresses are known; error() has the reason
    };
    advice ask(time_point now) const;
    const list& known() const { return known_; }
    const std::string& error() const { return error_; }
    time_point waited_enough() const { return begun_ + patience; }

    void begun(time_point now);
    /// The addresses are fresh for `good_for`.
    void found(list addresses, std::chrono::seconds good_for, time_point now);
    void failed(std::string error, time_point now);
    /// Sets an address that never needs a look-up.
    void is(const boost::asio::ip::address& address);

private:
    list known_;
    std::string error_;
    time_point begun_{}, good_until_ = time_point::min();
    bool looking_ = false;
};

} // namespace thalamus::net
