#pragma once
// The connections to other nodes, over CAF's middleman: opens and accepts them, splits bytes into
// messages, and bounds what waits in either direction. It knows nothing about members: the cluster
// actor, which spawns it, decides. Runs on the middleman's thread; ends with end_links or an exit
// message.
//
// Nodes do not use CAF's own protocol (BASP): it would let every connected peer send any message to
// any actor, allocates what an unauthenticated peer's header asks for, buffers without limit for a
// stalled peer, cannot drop a peer, and crashes on one empty handshake (tried with CAF 0.17.6).

#include "cluster/frame.hpp"
#include "cluster/link_messages.hpp"
#include "cluster/link_scribe.hpp"

#include <caf/io/broker.hpp>
#include <unordered_map>

namespace thalamus::cluster {

class link_broker final : public caf::io::broker {
public:
    /// `listener` is a listening, non-blocking socket, of which it takes ownership. `tls` may be
    /// null. `owner` gets the messages.
    link_broker(caf::actor_config& config, caf::actor owner, int listener, ssl_context tls);
    ~link_broker() override;

    caf::behavior make_behavior() override;
    const char* name() const override { return "link-broker"; }
    void on_exit() override;
    /// Closes the mailbox, too: CAF 0.17 leaves the mailbox of a broker that has ended open. A
    /// delayed message of the broker to itself would still enter it and, because a message holds
    /// its sender, keep the broker alive for ever.
    bool cleanup(caf::error&& reason, caf::execution_unit* host) override;

    /// The time limit for connecting, the TLS handshake and the first message (plus the interval of
    /// the check below).
    static constexpr std::chrono::seconds approval_within{5};
    /// Accepted connections of unauthenticated peers. A further one replaces the oldest,
    /// connections without a session first.
    static constexpr std::size_t most_unauthenticated = 64;
    /// Bytes that wait for a peer or for the actor: a link with more is closed.
    static constexpr std::size_t most_unsent = 8 * 1024 * 1024, most_backlog = 16 * 1024 * 1024;

private:
    struct link {
        link_id id = 0;
        net::tcp_endpoint peer;
        std::shared_ptr<link_session> session;
        frame_reader frames;
        std::size_t unsent = 0;
        std::chrono::steady_clock::time_point since;
        bool up = false, approved = false, closing = false;
        std::shared_ptr<std::atomic<std::size_t>> backlog =
            std::make_shared<std::atomic<std::size_t>>(0);
    };

    void listen();
    void open(const open_link& request);
    void accepted(int fd);
    void out_of_descriptors(int error);
    void add(int fd, link_id id, const net::tcp_endpoint& peer, bool outbound);
    void established(caf::io::connection_handle handle);
    void received(const caf::io::new_data_msg& data);
    void send(const send_frame& frame);
    void close_when_sent(link_id id);
    void end(caf::io::connection_handle handle, const std::string& reason);
    void end_if_done();
    void make_room();
    /// Checks unauthenticated links at intervals, as long as there are any.
    void schedule_check();
    void check_unauthenticated();

    caf::actor owner_;
    int listener_;
    const ssl_context tls_;
    caf::io::accept_handle door_;
    std::unordered_map<caf::io::connection_handle, link> links_;
    std::unordered_map<link_id, caf::io::connection_handle> by_id_;
    link_id next_accepted_ = first_accepted;
    bool ending_ = false, check_scheduled_ = false;
};

} // namespace thalamus::cluster
