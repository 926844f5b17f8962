#pragma once
// For programs that look names up by c-ares: has a test's DNS server in place of those of this
// system. It defines a function, so one source of a test program may include it.

#include "tests/support/dns_server.hpp"

#include <ares.h>
#include <dlfcn.h>
#include <mutex>
#include <string>

namespace thalamus::test {

/// While it lives, look-ups that begin ask this server. One at a time.
class system_names : public dns_server {
public:
    explicit system_names(handler how) : dns_server(std::move(how)) { set(address()); }
    ~system_names() { set({}); }

    static std::string servers() {
        std::lock_guard lock(mutex());
        return text();
    }

private:
    static void set(const std::string& servers) {
        std::lock_guard lock(mutex());
        text() = servers;
    }
    static std::mutex& mutex() {
        static std::mutex one;
        return one;
    }
    static std::string& text() {
        static std::string one;
        return one;
    }
};

} // namespace thalamus::test

/// The real one, and then the test's servers.
extern "C" int ares_init_options(ares_channel* channel, ares_options* options, int mask) {
    static const auto real =
        reinterpret_cast<decltype(&::ares_init_options)>(::dlsym(RTLD_NEXT, "ares_init_options"));
    const int status = real(channel, options, mask);
    const auto servers = thalamus::test::system_names::servers();
    if (status != ARES_SUCCESS || servers.empty()) return status;
    return ::ares_set_servers_ports_csv(*channel, servers.c_str());
}
