#include "cluster/link_broker.hpp"

#include "observe/program_log.hpp"

#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace thalamus::cluster {

namespace {

using caf::io::connection_handle;
using observe::log_level;

constexpr std::chrono::seconds flush_within{1};
constexpr std::chrono::milliseconds pause_without_descriptors{100}, check_every{250};
constexpr std::size_t read_at_once = 16 * 1024;

// Messages to itself.
struct check_approvals {};
struct check_flushed {
    link_id id = 0;
};
struct session_established {
    connection_handle connection;
};
using accept_again = caf::atom_constant<caf::atom("again")>;

observe::log_limit descriptor_log{1};

} // namespace
} // namespace thalamus::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::check_approvals)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::check_flushed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(thalamus::cluster::session_established)

namespace thalamus::cluster {

link_broker::link_broker(caf::actor_config& config, caf::actor owner, int listener, ssl_context tls)
    : caf::io::broker(config),
      owner_(std::move(owner)),
      listener_(listener),
      tls_(std::move(tls)) {}

link_broker::~link_broker() {
    if (listener_ >= 0) ::close(listener_);
}

void link_broker::on_exit() { owner_ = nullptr; }

bool link_broker::cleanup(caf::error&& reason, caf::execution_unit* host) {
    close_all();
    return caf::scheduled_actor::cleanup(std::move(reason), host);
}

caf::behavior link_broker::make_behavior() {
    listen();
    return {
        [this](const open_link& request) { open(request); },
        [this](const send_frame& frame) { send(frame); },
        [this](const approve_link& link) {
            if (const auto found = by_id_.find(link.id); found != by_id_.end())
                links_.at(found->second).approved = true;
        },
        [this](const close_link& link) { close_when_sent(link.id); },
        [this](end_links) {
            ending_ = true;
            this->close(door_);
            std::vector<link_id> ids;
            for (const auto& [id, at] : by_id_) ids.push_back(id);
            for (const auto id : ids) close_when_sent(id);
            end_if_done();
        },
        [this](const session_established& session) { established(session.connection); },
        [this](const caf::io::new_data_msg& data) { received(data); },
        [this](const caf::io::data_transferred_msg& done) {
            const auto found = links_.find(done.handle);
            if (found == links_.end()) return;
            found->second.unsent -= std::min<std::size_t>(found->second.unsent, done.written);
            if (found->second.closing && found->second.unsent == 0) end(done.handle, "closed");
        },
        [this](const caf::io::connection_closed_msg& closed) { end(closed.handle, {}); },
        [this](check_approvals) { check_unauthenticated(); },
        [this](const check_flushed& link) {
            if (const auto found = by_id_.find(link.id); found != by_id_.end())
                end(found->second, "closed");
        },
        [this](accept_again) { this->trigger(door_); },
        [](const caf::io::acceptor_closed_msg&) {},
    };
}

void link_broker::listen() {
    auto& loop = static_cast<caf::io::network::default_multiplexer&>(backend());
    auto door = caf::make_counted<link_doorman>(
        loop, std::exchange(listener_, -1), [this](int fd) { accepted(fd); },
        [this](int error) { out_of_descriptors(error); });
    door_ = door->hdl();
    add_doorman(std::move(door));
}

void link_broker::open(const open_link& request) {
    const auto give_up = [&](int error) {
        caf::anon_send(
            owner_, link_down{request.id, request.address, std::system_category().message(error)});
    };
    if (ending_) return give_up(ECANCELED);
    const int fd = ::socket(request.address.protocol().family(),
                            SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return give_up(errno);
    if (::connect(fd, request.address.data(), static_cast<socklen_t>(request.address.size())) !=
            0 &&
        errno != EINPROGRESS) {
        const int error = errno;
        ::close(fd);
        return give_up(error);
    }
    add(fd, request.id, request.address, true);
}

void link_broker::schedule_check() {
    if (!std::exchange(check_scheduled_, true))
        this->delayed_send(this, check_every, check_approvals{});
}

void link_broker::check_unauthenticated() {
    check_scheduled_ = false;
    const auto since = std::chrono::steady_clock::now() - approval_within;
    std::vector<connection_handle> late;
    for (const auto& [at, l] : links_) {
        if (l.approved) continue;
        schedule_check();
        if (l.since <= since) late.push_back(at);
    }
    for (const auto& handle : late)
        end(handle,
            links_.at(handle).up ? "it did not identify itself in time" : "no response in time");
}

/// A peer identifies itself within moments. Silent connections must not keep it out, however fast
/// they return.
void link_broker::make_room() {
    std::size_t strangers = 0;
    const std::pair<const connection_handle, link>* oldest = nullptr;
    for (const auto& item : links_) {
        const link& l = item.second;
        if (l.approved || l.id < first_accepted) continue;
        ++strangers;
        const auto rank = [](const link& l) { return std::pair(l.session->established(), l.id); };
        if (!oldest || rank(l) < rank(oldest->second)) oldest = &item;
    }
    if (strangers >= most_unauthenticated)
        end(oldest->first, "too many unauthenticated connections");
}

void link_broker::accepted(int fd) {
    make_room();
    add(fd, next_accepted_++, net::peer_of(fd), false);
}

/// The connections wait in the kernel; a doorman that kept trying would occupy the whole thread.
void link_broker::out_of_descriptors(int error) {
    observe::log_limited(descriptor_log, log_level::error,
                         "cluster: cannot accept a peer: {}; it waits",
                         std::system_category().message(error));
    this->halt(door_);
    this->delayed_send(this, pause_without_descriptors, accept_again::value);
}

void link_broker::add(int fd, link_id id, const net::tcp_endpoint& peer, bool outbound) {
    std::shared_ptr<link_session> session;
    try {
        session = std::make_shared<link_session>(fd, tls_, outbound);
    } catch (const std::exception& e) {
        ::close(fd);
        if (outbound) caf::anon_send(owner_, link_down{id, peer, e.what()});
        return;
    }
    auto& loop = static_cast<caf::io::network::default_multiplexer&>(backend());
    auto scribe = caf::make_counted<link_scribe>(loop, fd, session);
    const auto handle = scribe->hdl();
    auto& l = links_[handle];
    l.id = id;
    l.peer = peer;
    l.session = session;
    l.since = std::chrono::steady_clock::now();
    by_id_[id] = handle;
    scribe->configure_read(caf::io::receive_policy::at_most(read_at_once));
    scribe->ack_writes(true);
    auto& launched = *scribe;
    add_scribe(std::move(scribe));
    schedule_check();
    if (session->established()) caf::anon_send(this, session_established{handle});
    else
        session->on_established = [this, handle] {
            caf::anon_send(this, session_established{handle});
        };
    launched.launch();
}

void link_broker::established(connection_handle handle) {
    const auto found = links_.find(handle);
    if (found == links_.end() || found->second.up) return;
    found->second.up = true;
    this->flush(handle); // sends what was written before
    caf::anon_send(owner_, link_up{found->second.id, found->second.peer});
}

void link_broker::received(const caf::io::new_data_msg& data) {
    const auto found = links_.find(data.handle);
    if (found == links_.end() || found->second.closing) return;
    link& l = found->second;
    established(data.handle); // its message may still be on its way
    l.frames.feed({data.buf.data(), data.buf.size()});
    // A peer that this node dialled may send more right after its first message.
    const auto longest = l.approved || l.id < first_accepted ? longest_frame : longest_first_frame;
    while (const auto body = l.frames.next(longest)) {
        if (l.backlog->fetch_add(body->size()) > most_backlog)
            return end(data.handle, "it sends more than this node can handle");
        caf::anon_send(owner_, frame_received{l.id, std::string(*body), l.backlog});
    }
    if (l.frames.failed()) end(data.handle, "it does not send valid messages");
}

void link_broker::send(const send_frame& frame) {
    const auto found = by_id_.find(frame.id);
    if (found == by_id_.end()) return;
    const auto handle = found->second;
    link& l = links_.at(handle);
    if (l.closing) return;
    l.unsent += frame.frame->size();
    if (l.unsent > most_unsent) return end(handle, "it does not read what is sent to it");
    this->write(handle, frame.frame->size(), frame.frame->data());
    this->flush(handle);
}

void link_broker::close_when_sent(link_id id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    link& l = links_.at(found->second);
    if (l.unsent == 0 || !l.session->established()) return end(found->second, "closed");
    l.closing = true;
    this->delayed_send(this, flush_within, check_flushed{id});
}

/// Every link ends here, whichever side ended it.
void link_broker::end(connection_handle handle, const std::string& reason) {
    const auto found = links_.find(handle);
    if (found == links_.end()) return;
    const link l = std::move(found->second);
    links_.erase(found);
    by_id_.erase(l.id);
    const auto& error = l.session->error();
    const auto& cause = !reason.empty() ? reason : !error.empty() ? error : "connection lost";
    this->close(handle); // no message follows
    caf::anon_send(owner_, link_down{l.id, l.peer, cause});
    end_if_done();
}

void link_broker::end_if_done() {
    if (ending_ && links_.empty()) quit();
}

} // namespace thalamus::cluster
