#include "net/name_lookup.hpp"

#include <boost/asio/ip/udp.hpp>

#include <algorithm>
#include <ares.h>
#include <cerrno>
#include <cstring>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace thalamus::net {

namespace {

using ip_address = boost::asio::ip::address;

/// The time until a query is sent again. It doubles with each retry. A late response is still
/// accepted.
constexpr int first_patience_ms = 1000, attempts_per_server = 3;

ip_address ip_of(const sockaddr& from) {
    if (from.sa_family == AF_INET)
        return boost::asio::ip::address_v4(
            ntohl(reinterpret_cast<const sockaddr_in&>(from).sin_addr.s_addr));
    boost::asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, bytes.size());
    return boost::asio::ip::address_v6(bytes);
}

/// Connecting a datagram socket sends nothing. It only looks up the route.
bool has_route(const ip_address& to) {
    const boost::asio::ip::udp::endpoint at(to, 53); // any port
    const int fd = ::socket(at.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno != EAFNOSUPPORT;
    const bool found = ::connect(fd, at.data(), static_cast<socklen_t>(at.size())) == 0;
    ::close(fd);
    return found;
}

void keep_usable(std::vector<ip_address>& addresses) {
    std::ranges::sort(addresses);
    const auto doubles = std::ranges::unique(addresses);
    addresses.erase(doubles.begin(), doubles.end());
    const auto unusable = std::ranges::stable_partition(addresses, &has_route);
    if (unusable.begin() != addresses.begin()) addresses.erase(unusable.begin(), addresses.end());
}

std::chrono::seconds least_ttl(const ares_addrinfo& found) {
    auto least = static_cast<int>(name_lookup::most_good_for.count());
    for (const auto* node = found.nodes; node; node = node->ai_next)
        least = std::min(least, node->ai_ttl);
    for (const auto* alias = found.cnames; alias; alias = alias->next)
        least = std::min(least, alias->ttl);
    return std::max(std::chrono::seconds(least), name_lookup::least_good_for);
}

std::string text_of(int status) {
    switch (status) {
    case ARES_ENOTFOUND: return "no such name";
    case ARES_ENODATA: return "the name has no address";
    case ARES_EBADNAME: return "not a valid name";
    case ARES_ETIMEOUT:
    case ARES_ECANCELLED: return "no name server responded in time";
    case ARES_ESERVFAIL:
    case ARES_ECONNREFUSED: // also if every name server has responded SERVFAIL or REFUSED
        return "no name server could be reached or was able to answer";
    case ARES_EFORMERR:
    case ARES_EBADRESP: return "a name server sent a malformed response";
    default: return ::ares_strerror(status);
    }
}

} // namespace

std::optional<ip_address> numeric_address(const std::string& host) {
    boost::system::error_code is_name;
    const auto numeric = boost::asio::ip::make_address(host, is_name);
    if (is_name) return std::nullopt;
    return numeric;
}

/// One look-up. It has its own channel, which is destroyed with it: c-ares can only cancel a whole
/// channel, and reads resolv.conf only when it creates a channel.
class name_lookup::session {
public:
    explicit session(name_lookup& of)
        : owner_(of),
          timer_(of.home_.timers(), base::bind<&session::on_timer>(this)) {}
    ~session() {
        if (channel_) ::ares_destroy(channel_); // also closes its sockets
    }
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    void begin(const std::string& host) {
        deadline_ = owner_.home_.now() + owner_.settings_.deadline;
        if (const int status = open(); status != ARES_SUCCESS) {
            take(status, nullptr);
        } else {
            ares_addrinfo_hints hints{};
            hints.ai_flags = ARES_AI_NOSORT;
            hints.ai_socktype = SOCK_STREAM;
            beginning_ = true;
            ::ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &on_answer, this);
            beginning_ = false;
        }
        arm();
    }

    result found; // complete once done_

private:
    struct watched_socket final : poller::handler {
        explicit watched_socket(session& s) : of(s) {}
        void on_events(unsigned) override { of.on_socket(); }
        session& of;
        bool wants_write = false;
    };

    int open() {
        // This does nothing on Linux today, but c-ares requires it once per process.
        static const int ready = ::ares_library_init(ARES_LIB_INIT_ALL);
        if (ready != ARES_SUCCESS) return ready;
        ares_options options{};
        options.timeout = first_patience_ms;
        options.tries = attempts_per_server;
        options.sock_state_cb = &on_socket_state;
        options.sock_state_cb_data = this;
        const int status = ::ares_init_options(
            &channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
        if (status != ARES_SUCCESS || owner_.settings_.servers.empty()) return status;
        return ::ares_set_servers_ports_csv(channel_, owner_.settings_.servers.c_str());
    }

    // -- called by c-ares; nothing here may use or destroy the channel ----------------------------
    static void on_socket_state(void* self, int fd, int reads, int writes) noexcept {
        auto& of = *static_cast<session*>(self);
        const auto [it, is_new] = of.sockets_.try_emplace(fd, of);
        auto& poller = of.owner_.home_.sockets();
        if (!reads && !writes) { // c-ares is about to close it
            poller.forget(it->second);
            of.sockets_.erase(it);
            return;
        }
        it->second.wants_write = writes != 0;
        // If this fails, c-ares sends the query again, and the deadline ends the look-up at last.
        if (is_new) poller.add(fd, EPOLLIN | EPOLLOUT, it->second);
    }

    static void on_answer(void* self, int status, int, ares_addrinfo* answer) noexcept {
        static_cast<session*>(self)->take(status, answer);
        ::ares_freeaddrinfo(answer);
    }

    void take(int status, const ares_addrinfo* answer) {
        done_ = true;
        if (status != ARES_SUCCESS) {
            found.error = text_of(status);
            return;
        }
        for (const auto* node = answer->nodes;
             node && found.addresses.size() < name_lookup::most_addresses; node = node->ai_next)
            if (node->ai_addr) found.addresses.push_back(ip_of(*node->ai_addr));
        keep_usable(found.addresses);
        if (found.addresses.empty()) found.error = text_of(ARES_ENODATA);
        // A result without waiting is from the hosts file. c-ares reports TTL 0 for it.
        else if (!beginning_) found.good_for = cancelled_ ? least_good_for : least_ttl(*answer);
    }

    // ---------------------------------------------------------------------------------------------
    void on_timer() {
        if (owner_.home_.now() < deadline_) {
            if (!done_) ::ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            // c-ares may have queued a query for a socket that is already writable.
            return on_socket();
        }
        cancelled_ = true; // the result may be incomplete, so it is valid for the shortest time
        if (!done_) ::ares_cancel(channel_); // calls on_answer()
        owner_.finish();
    }

    // The poller is edge-triggered, but c-ares reads one piece of a TCP stream at a time. So all
    // sockets are served until no data is left, but for most_rounds rounds at most: a name server
    // that never stops sending must not block the reactor. The rest is served after other handlers
    // have had their turn.
    void on_socket() {
        int rounds = 0;
        while (!done_ && rounds < most_rounds && serve_sockets()) ++rounds;
        if (done_) owner_.finish();
        else if (rounds == most_rounds) timer_.arm(owner_.home_.now());
        else arm();
    }

    bool serve_sockets() {
        std::vector<pollfd> all;
        for (const auto& [fd, s] : sockets_)
            all.push_back({fd, static_cast<short>(s.wants_write ? POLLIN | POLLOUT : POLLIN), 0});
        if (::poll(all.data(), all.size(), 0) <= 0) return false;
        for (const auto& [fd, events, ready] : all)
            if (ready != 0)
                ::ares_process_fd(channel_, fd, (ready & POLLOUT) != 0 ? fd : ARES_SOCKET_BAD);
        return true;
    }

    void arm() {
        auto when = done_ ? owner_.home_.now() : deadline_;
        timeval left{};
        if (!done_ && ::ares_timeout(channel_, nullptr, &left)) {
            // c-ares rounds down to whole milliseconds. Add one, so that the time has passed.
            const auto wait =
                std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
            when = std::min(when, clock::now() + wait + std::chrono::milliseconds(1));
        }
        timer_.arm(when);
    }

    name_lookup& owner_;
    timer timer_; // for the next retry, the deadline, or the delivery of the result
    time_point deadline_{};
    ares_channel channel_ = nullptr;
    std::map<int, watched_socket> sockets_; // by descriptor
    static constexpr int most_rounds = 64;
    bool beginning_ = false, done_ = false, cancelled_ = false;
};

name_lookup::name_lookup(reactor& home, handler on_result, name_lookup_settings how)
    : home_(home),
      on_result_(std::make_shared<const handler>(std::move(on_result))),
      settings_(std::move(how)) {}

name_lookup::~name_lookup() = default;

void name_lookup::start(const std::string& host) {
    session_ = std::make_unique<session>(*this);
    session_->begin(host);
}

void name_lookup::finish() {
    const auto found = std::move(session_->found);
    session_.reset();
    const auto tell = on_result_;
    (*tell)(found); // may destroy this
}

} // namespace thalamus::net
