#include "net/name_lookup.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <mutex>
#include <netdb.h>
#include <system_error>
#include <thread>

namespace thalamus::net {

std::optional<boost::asio::ip::address> numeric_address(const std::string& host) {
    boost::system::error_code is_name;
    const auto address = boost::asio::ip::make_address(host, is_name);
    if (is_name) return std::nullopt;
    return address;
}

name_lookup::result name_lookup::ask_system(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    // Addresses of a family that this machine does not have would only cost failed connects; one that
    // has no address but loopback gets whatever there is.
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (error == EAI_NONAME || error == EAI_NODATA || error == EAI_ADDRFAMILY) {
        hints.ai_flags = 0;
        error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    }
    result found;
    if (error != 0) {
        found.error =
            error == EAI_SYSTEM ? std::system_category().message(errno) : ::gai_strerror(error);
        return found;
    }
    for (const addrinfo* entry = list; entry; entry = entry->ai_next) {
        boost::asio::ip::tcp::endpoint endpoint;
        if (entry->ai_addrlen > endpoint.capacity()) continue;
        std::copy_n(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen,
                    reinterpret_cast<char*>(endpoint.data()));
        endpoint.resize(entry->ai_addrlen);
        found.addresses.push_back(endpoint.address());
    }
    ::freeaddrinfo(list);
    std::ranges::sort(found.addresses);
    if (found.addresses.empty()) found.error = "no address";
    return found;
}

/// What the look-up's thread may outlive its owner with.
struct name_lookup::shared {
    std::mutex mutex;
    reactor* home; // null once abandoned
    handler on_result;
    method how;
};

name_lookup::name_lookup(reactor& home, handler on_result, method how)
    : shared_(std::make_shared<shared>()) {
    shared_->home = &home;
    shared_->on_result = std::move(on_result);
    shared_->how = std::move(how);
}

name_lookup::~name_lookup() {
    const std::lock_guard lock(shared_->mutex);
    shared_->home = nullptr;
}

void name_lookup::start(const std::string& host) {
    const auto report = [](const std::shared_ptr<shared>& with, result found) {
        const std::lock_guard lock(with->mutex);
        if (!with->home) return;
        with->home->post([with, found = std::move(found)] {
            if (with->home) with->on_result(found); // abandoned on this thread, if at all
        });
    };
    try {
        std::thread([with = shared_, host, report] { report(with, with->how(host)); }).detach();
    } catch (const std::system_error& e) {
        report(shared_, {{}, e.what()});
    }
}

} // namespace thalamus::net
