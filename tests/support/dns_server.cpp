#include "tests/support/dns_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace thalamus::test {
namespace {

constexpr int a = 1, cname = 5, aaaa = 28; // RFC 1035 3.2.2, RFC 3596
constexpr std::size_t header_size = 12;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A datagram socket at that port; an invalid one if it is taken.
socket datagram_socket(std::uint16_t port) {
    socket made(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto address = loopback(port);
    if (::bind(made.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        made.close();
    return made;
}

std::string number16(std::size_t n) {
    return {static_cast<char>(n >> 8 & 0xff), static_cast<char>(n & 0xff)};
}

std::size_t number16_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]) * 256u + static_cast<unsigned char>(bytes[at + 1]);
}

std::string encoded(const std::string& name) {
    std::string out;
    for (std::size_t at = 0; at < name.size();) {
        const auto end = std::min(name.find('.', at), name.size());
        out += static_cast<char>(end - at);
        out.append(name, at, end - at);
        at = end + 1;
    }
    return out + '\0';
}

std::string record(const std::string& owner, int type, std::uint32_t ttl, const std::string& data) {
    return owner + number16(static_cast<std::size_t>(type)) + number16(1) + number16(ttl >> 16) +
           number16(ttl & 0xffff) + number16(data.size()) + data;
}

/// Empty if the address is not of the type's family.
std::string data_of(const std::string& address, int type) {
    char bytes[16];
    if (::inet_pton(type == a ? AF_INET : AF_INET6, address.c_str(), bytes) != 1) return {};
    return {bytes, type == a ? 4u : 16u};
}

} // namespace

dns_server::dns_server(handler how) : how_(std::move(how)) {
    // Ports are per protocol: one that is free for TCP may be taken for UDP.
    for (int i = 0; i < 100 && !datagrams_.valid(); ++i) {
        streams_ = socket::listen();
        port_ = streams_.local_port();
        datagrams_ = datagram_socket(port_);
    }
    if (!datagrams_.valid()) throw test_error("no port is free for both TCP and UDP");
    thread_ = std::thread([this] { serve(); });
}

dns_server::~dns_server() {
    {
        std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    streams_.shutdown(); // wakes the thread
    thread_.join();
}

std::string dns_server::address() const { return "127.0.0.1:" + std::to_string(port_); }

int dns_server::queries(const std::string& name) const {
    std::lock_guard lock(mutex_);
    const auto it = queries_.find(name);
    return it == queries_.end() ? 0 : it->second;
}

void dns_server::serve() {
    socket client; // one at a time: a look-up opens only one
    std::string stream;
    while (true) {
        pollfd all[]{{datagrams_.descriptor(), POLLIN, 0},
                     {streams_.descriptor(), POLLIN, 0},
                     {client.descriptor(), POLLIN, 0}}; // which poll() ignores if it is invalid
        if (::poll(all, 3, -1) < 0) continue;
        {
            std::lock_guard lock(mutex_);
            if (stopped_) return;
        }
        if (all[0].revents) serve_datagram();
        if (all[2].revents && !serve_stream(client, stream)) client.close();
        if (all[1].revents) {
            client = streams_.accept(0ms);
            stream.clear();
        }
    }
}

void dns_server::serve_datagram() {
    char query[512];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto got = ::recvfrom(datagrams_.descriptor(), query, sizeof query, 0,
                                reinterpret_cast<sockaddr*>(&from), &size);
    if (got <= 0) return;
    const auto response = respond({query, static_cast<std::size_t>(got)}, true);
    if (!response.empty())
        ::sendto(datagrams_.descriptor(), response.data(), response.size(), 0,
                 reinterpret_cast<sockaddr*>(&from), size);
}

bool dns_server::serve_stream(socket& client, std::string& bytes) {
    try {
        if (!client.receive(bytes)) return false;
        while (bytes.size() > 2 && bytes.size() >= 2 + number16_at(bytes, 0)) {
            const auto size = number16_at(bytes, 0);
            const auto response = respond(std::string_view(bytes).substr(2, size), false);
            client.send(number16(response.size()) + response);
            bytes.erase(0, 2 + size);
        }
        return true;
    } catch (const connection_lost&) {
        return false;
    }
}

std::string dns_server::respond(std::string_view query, bool by_udp) {
    std::string name;
    std::size_t at = header_size;
    while (at < query.size() && query[at] != 0) {
        const auto length = static_cast<std::size_t>(query[at]);
        if (!name.empty()) name += '.';
        name += query.substr(at + 1, length);
        at += 1 + length;
    }
    if (at + 5 > query.size()) return {};
    const auto type = static_cast<int>(number16_at(query, at + 1));
    const auto question = query.substr(header_size, at + 5 - header_size);
    {
        std::lock_guard lock(mutex_);
        ++queries_[name];
    }
    const auto known = how_(name);
    if (!known) return {};
    std::string answers;
    std::size_t count = 0;
    const bool truncated = known->truncated && by_udp;
    if (known->rcode == 0 && !truncated) {
        const auto alias = encoded(name);
        const auto owner = known->alias_of.empty() ? alias : encoded(known->alias_of);
        if (owner != alias) {
            answers += record(alias, cname, known->alias_ttl, owner);
            ++count;
        }
        for (const auto& address : known->addresses) {
            if (type != a && type != aaaa) continue;
            const auto data = data_of(address, type);
            if (data.empty()) continue;
            answers += record(owner, type, known->ttl, data);
            ++count;
        }
    }
    const std::size_t response_with_recursion = 0x8180, truncation = 0x0200;
    const auto flags = response_with_recursion | static_cast<std::size_t>(known->rcode) |
                       (truncated ? truncation : 0);
    return std::string(query.substr(0, 2)) + number16(flags) + number16(1) + number16(count) +
           number16(0) + number16(0) + std::string(question) + answers;
}

} // namespace thalamus::test
