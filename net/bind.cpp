#include "net/bind.hpp"

namespace thalamus::net {

tcp_endpoint to_address(const config::endpoint& bind) {
    using namespace boost::asio::ip;
    if (bind.host == "localhost") return {address_v4::loopback(), bind.port};
    return {make_address(bind.host), bind.port};
}

std::runtime_error cannot_listen(const tcp_endpoint& address, const std::system_error& why) {
    const bool in_use = why.code() == std::errc::address_in_use;
    return std::runtime_error("cannot listen on " + to_text(address) + ": " + why.code().message() +
                              (in_use ? " (is another gateway running?)" : ""));
}

} // namespace thalamus::net
