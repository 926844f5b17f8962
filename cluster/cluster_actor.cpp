#include "cluster/cluster_actor.hpp"

#include "cluster/link_broker.hpp"
#include "observe/program_log.hpp"

#include <caf/io/middleman.hpp>
#include <unistd.h>

namespace thalamus::cluster {

using observe::log_level;
using std::chrono::milliseconds;

namespace {

observe::log_limit dial_log{1}, rejected_log{1}, name_log{1}, full_log{1}, malformed_log{1};

constexpr milliseconds dial_every{100};

} // namespace

cluster_actor::cluster_actor(caf::actor_config& config, net::reactor& home, settings settings)
    : net::pinned_actor(config),
      home_(home),
      settings_(std::move(settings)),
      random_(std::random_device{}()),
      incarnation_(
          new_incarnation(std::chrono::system_clock::now(), static_cast<std::uint32_t>(random_()))),
      members_(membership_settings(), settings_.status, net::clock::now()),
      logs_(settings_.name, incarnation_, topics, 2 * settings_.cluster.heartbeat,
            {[this](auto topic, const auto& origin, auto payload) {
                 const auto found = topics_.find(topic);
                 if (found != topics_.end() && found->second.deliver)
                     found->second.deliver(origin, payload);
             },
             [this](auto topic, const auto& origin, const auto& snapshot) {
                 const auto found = topics_.find(topic);
                 if (found != topics_.end() && found->second.reset)
                     found->second.reset(origin, snapshot);
             },
             [this](auto topic) {
                 const auto found = topics_.find(topic);
                 return found != topics_.end() && found->second.snapshot ? found->second.snapshot()
                                                                         : std::nullopt;
             }}),
      links_(settings_.name, settings_.cluster.suspect_after),
      next_heartbeat_(net::clock::now()) {}

cluster_actor::~cluster_actor() {
    if (settings_.port.descriptor >= 0) ::close(settings_.port.descriptor);
}

membership::settings cluster_actor::membership_settings() {
    const auto& c = settings_.cluster;
    return {settings_.name,  net::to_text(settings_.port.address),
            incarnation_,    c.heartbeat,
            c.suspect_after, c.dead_after};
}

caf::behavior cluster_actor::make_behavior() {
    auto& middleman = system().middleman();
    caf::actor_config config{&middleman.backend()};
    broker_ = system().spawn_class<link_broker, caf::no_spawn_options>(
        config, caf::actor(this), std::exchange(settings_.port.descriptor, -1), settings_.tls);
    monitor(broker_);
    set_down_handler([this](const caf::down_msg& down) {
        observe::log(log_level::error, "cluster: the link broker ended: {}",
                     system().render(down.reason));
        broker_ = {};
        quit(caf::exit_reason::unhandled_exception);
    });
    settings_.view->set(members_.current());
    calls_.emplace(home_.timers(),
                   [this](link_id link, const message& message) { send(link, message); });
    timer_.emplace(home_.timers(), base::bind<&cluster_actor::turn>(this));
    seeds_ = std::make_unique<seeds>(home_, settings_.cluster.seeds, [this] { dial(); });
    timer_->arm(home_.now());
    set_exit_handler([this](const caf::exit_msg& reason) {
        members_.leave();
        send_heartbeats();
        quit(reason.reason);
    });
    return {
        [this](const link_up& link) { on_link_up(link); },
        [this](const link_down& link) { on_link_down(link); },
        [this](const frame_received& frame) { on_frame(frame); },
        [this](const change_status& change) {
            auto status = members_.current()->own().status;
            change.apply(status);
            if (members_.set_status(status)) send_heartbeats();
            publish_changes();
        },
        [this](publish_entry& entry) {
            if (auto entries = logs_.publish(entry.topic, std::move(entry.payload)))
                send_to_responsive(*entries);
        },
        [this](subscribe_topic& subscription) {
            topics_[subscription.topic] = std::move(subscription.handlers);
        },
        [this](const subscribe_view& subscription) {
            subscribers_.push_back(subscription.subscriber);
            caf::anon_send(subscription.subscriber, view_changed{members_.current()});
        },
        [this](call_peer& c) {
            auto link = links_.link_to(c.peer);
            const auto* l = links_.find(link);
            if (!l || !links_.responsive(*l, home_.now())) link = 0;
            calls_->call(link, c.method, std::move(c.payload), c.deadline, std::move(c.on_reply));
            settings_.counters->calls_unanswered = calls_->unanswered();
        },
        [this](serve_method& s) { calls_->serve(s.method, std::move(s.handler)); },
    };
}

void cluster_actor::on_exit() {
    if (broker_) caf::anon_send(std::exchange(broker_, {}), end_links{});
    timer_.reset();
    calls_.reset();
    seeds_.reset();
    subscribers_.clear();
    topics_.clear();
}

// -- time --------------------------------------------------------------------

void cluster_actor::turn() {
    const auto now = home_.now();
    if (now >= next_heartbeat_) {
        // Random, so that nodes that started together do not send together.
        next_heartbeat_ = now + settings_.cluster.heartbeat - milliseconds(random_() % 20);
        members_.tick(now);
        send_heartbeats();
        publish_changes();
        drop_dead_links();
    }
    dial();
    timer_->arm(std::min(next_heartbeat_, now + dial_every));
}

void cluster_actor::send_heartbeats() {
    if (links_.peers().empty()) return;
    auto beat = members_.beat(home_.now());
    beat.positions = logs_.positions();
    const auto shared = to_send(beat);
    for (const auto& [name, id] : links_.peers()) send(id, shared);
    settings_.counters->heartbeats_sent += links_.peers().size();
}

void cluster_actor::send_heartbeat(link_id link) {
    auto beat = members_.beat(home_.now());
    beat.positions = logs_.positions();
    send(link, beat);
    ++settings_.counters->heartbeats_sent;
}

/// To be called after anything that may have changed the membership.
void cluster_actor::publish_changes() {
    for (const auto& e : members_.take_events()) log(e);
    const auto now = members_.current();
    if (now == settings_.view->current()) return;
    settings_.view->set(now);
    if (members_.revision() == published_revision_) return;
    published_revision_ = members_.revision();
    logs_.set_members(*now);
    if (seeds_) seeds_->expedite(!now->majority() || now->known() == 1);
    for (const auto& subscriber : subscribers_) caf::anon_send(subscriber, view_changed{now});
}

/// Drops links to dead peers, because they only queue bytes; keeps one that has just been heard.
void cluster_actor::drop_dead_links() {
    for (const auto& m : members_.current()->members) {
        if (m.state != member_state::dead) continue;
        const auto id = links_.link_to(m.name);
        if (id != 0 && !links_.responsive(*links_.find(id), home_.now())) drop(id);
    }
}

// -- links -------------------------------------------------------------------

std::set<net::tcp_endpoint> cluster_actor::wanted_addresses() {
    auto wanted = seeds_->addresses();
    const auto now = members_.current();
    for (const auto& m : now->members) {
        if (m.name == settings_.name || links_.link_to(m.name) != 0) continue;
        const auto address = parse_endpoint(m.address);
        if (address.port() != 0) wanted.insert(address);
    }
    return wanted;
}

/// Finds where others reach this node if it listens on all addresses: the address that leads to a
/// seed.
void cluster_actor::find_own_address() {
    if (!settings_.port.address.address().is_unspecified()) return;
    for (const auto& seed : seeds_->addresses()) {
        const auto ip = address_towards(seed);
        if (ip.is_unspecified()) continue;
        settings_.port.address.address(ip);
        members_.set_address(net::to_text(settings_.port.address));
        return;
    }
}

void cluster_actor::dial() {
    if (!seeds_ || !broker_)
        return; // the first look-up ended within the constructor, or the actor has ended
    find_own_address();
    dials_.want(wanted_addresses());
    std::set<std::string> linked{settings_.name};
    for (const auto& [name, id] : links_.peers()) linked.insert(name);
    for (const auto& address : dials_.due(home_.now(), linked)) {
        const auto id = next_link_++;
        links_.open(id, address, true);
        caf::anon_send(broker_, open_link{id, address});
    }
}

void cluster_actor::on_link_up(const link_up& link) {
    const auto* l = links_.find(link.id);
    if (!l) l = &links_.open(link.id, link.peer, false);
    if (l->outbound) send(link.id, members_.own_hello());
}

void cluster_actor::on_link_down(const link_down& link) {
    calls_->link_closed(link.id);
    const bool in_use = [&] {
        const auto* l = links_.find(link.id);
        return l && !l->name.empty() && links_.link_to(l->name) == link.id;
    }();
    const auto closed = links_.close(link.id);
    const auto now = home_.now();
    if (!closed) {
        ++settings_.counters->links_refused;
        observe::log_limited(rejected_log, log_level::warn, "cluster: {} was rejected: {}",
                             net::to_text(link.peer), link.reason);
        return;
    }
    const auto random = static_cast<std::uint32_t>(random_());
    if (closed->name.empty()) {
        if (closed->outbound) {
            const auto times = dials_.failed(closed->peer, now, random);
            if (closed->dropped) return;
            ++settings_.counters->dials_failed;
            observe::log_limited(dial_log, times == 1 ? log_level::info : log_level::debug,
                                 "cluster: no link to {}: {}", net::to_text(closed->peer),
                                 link.reason);
        } else if (!closed->dropped) { // otherwise the reason was logged
            ++settings_.counters->links_refused;
            observe::log_limited(rejected_log, log_level::warn, "cluster: {} was rejected: {}",
                                 net::to_text(closed->peer), link.reason);
        }
        return;
    }
    dials_.lost(closed->peer, now, random);
    if (!in_use) return;
    if (members_.current()->find(closed->name))
        ++settings_.counters->links_lost; // otherwise it has left
    observe::log(log_level::info, "cluster: the link to {} ended: {}", closed->name, link.reason);
    if (!closed->dropped) members_.link_lost(closed->name, closed->incarnation);
}

void cluster_actor::drop(link_id id) {
    if (auto* l = links_.find(id)) l->dropped = true;
    caf::anon_send(broker_, close_link{id}); // link_down follows
}

void cluster_actor::on_frame(const frame_received& frame) {
    *frame.backlog -= frame.body.size();
    settings_.counters->bytes_received += frame.body.size();
    auto* l = links_.find(frame.id);
    if (!l || l->dropped) return;
    auto decoded = decode(frame.body);
    if (std::holds_alternative<malformed>(decoded)) return malformed_from(frame.id, *l);
    auto* m = std::get_if<message>(&decoded);
    if (!l->name.empty()) {
        l->last_heard = home_.now();
        if (m) handle(frame.id, *l, std::move(*m)); // otherwise from a later version
    } else if (auto* greeting = m ? std::get_if<hello>(m) : nullptr)
        on_hello(frame.id, *l, std::move(*greeting));
    else if (auto* refusal = m ? std::get_if<refused>(m) : nullptr)
        on_refused(frame.id, *l, *refusal);
    else malformed_from(frame.id, *l);
    publish_changes();
}

void cluster_actor::malformed_from(link_id id, const link_table::link& l) {
    ++settings_.counters->messages_malformed;
    if (l.name.empty()) ++settings_.counters->links_refused;
    observe::log_limited(malformed_log, log_level::warn,
                         "cluster: {} ({}) sent an invalid message; its link is closed",
                         net::to_text(l.peer), l.name.empty() ? "unauthenticated" : l.name);
    drop(id);
}

// -- members -----------------------------------------------------------------

void cluster_actor::on_hello(link_id id, link_table::link& l, hello peer) {
    const auto now = home_.now();
    if (const auto objection = members_.objection(peer, now)) {
        if (l.outbound)
            dials_.named(l.peer, objection->reason == refusal::self ? settings_.name : "");
        return refuse(id, l, peer, *objection);
    }
    if (l.outbound) dials_.connected(l.peer, peer.name);
    const auto verdict = links_.introduce(id, peer, now);
    if (!verdict.accepted) return refuse(id, l, peer, {refusal::redundant, {}, settings_.name});
    if (verdict.replaced != 0) drop(verdict.replaced);
    caf::anon_send(broker_, approve_link{id});
    if (!l.outbound) send(id, members_.own_hello());
    send_heartbeat(id);
}

void cluster_actor::refuse(link_id id, const link_table::link& l, const hello& peer,
                           const refused& reason) {
    if (reason.reason == refusal::name_taken || reason.reason == refusal::version) {
        ++settings_.counters->links_refused;
        observe::log_limited(name_log, log_level::error, "cluster: {} at {} is rejected: {}",
                             peer.name, net::to_text(l.peer),
                             reason.reason == refusal::version
                                 ? "it speaks another protocol version"
                                 : "another node, at " + reason.address +
                                       ", has the same name; give each node its own node.name");
    }
    send(id, reason);
    drop(id);
}

void cluster_actor::on_refused(link_id id, const link_table::link& l, const refused& reason) {
    // There is no need to dial as long as there is a link.
    if (l.outbound && (reason.reason == refusal::self || reason.reason == refusal::redundant))
        dials_.named(l.peer, reason.name);
    if (reason.reason == refusal::name_taken)
        observe::log_limited(
            name_log, log_level::error,
            "cluster: {} rejects this node: another node already has the name {}, at {}; "
            "give each node its own node.name",
            net::to_text(l.peer), settings_.name, reason.address);
    else if (reason.reason == refusal::version)
        observe::log_limited(name_log, log_level::error,
                             "cluster: {} rejects this node: it speaks another protocol version",
                             net::to_text(l.peer));
    drop(id);
}

// -- messages ----------------------------------------------------------------

void cluster_actor::handle(link_id id, link_table::link& l, message&& message) {
    const auto now = home_.now();
    if (auto* received_beat = std::get_if<heartbeat>(&message))
        on_heartbeat(id, l, std::move(*received_beat));
    else if (auto* entries = std::get_if<log_entries>(&message)) {
        if (auto want = logs_.receive(*entries, now)) send(id, *want);
    } else if (auto* want = std::get_if<log_want>(&message)) {
        if (auto reply = logs_.reply_to(*want)) send(id, *reply);
    } else if (auto* reset = std::get_if<log_reset>(&message)) logs_.receive(*reset);
    else if (auto* request = std::get_if<call_request>(&message))
        calls_->on_request(id, l.name, *request);
    else if (auto* reply = std::get_if<call_reply>(&message)) calls_->on_reply(id, *reply);
    else if (auto* refusal = std::get_if<refused>(&message)) on_refused(id, l, *refusal);
}

void cluster_actor::on_heartbeat(link_id id, link_table::link& l, heartbeat&& beat) {
    if (beat.sender.name != l.name || beat.sender.incarnation != l.incarnation)
        return malformed_from(id, l);
    // The peer does not know its address: use the one it connected from.
    auto address = parse_endpoint(beat.sender.address);
    if (address.address().is_unspecified()) {
        address.address(l.peer.address());
        beat.sender.address = net::to_text(address);
    }
    members_.receive(beat, home_.now());
    publish_changes();
    for (const auto& want : logs_.missing(beat.positions, home_.now())) send(id, want);
}

cluster_actor::frame cluster_actor::to_send(const message& message) {
    return std::make_shared<const std::string>(to_frame(encode(message)));
}

void cluster_actor::send(link_id link, const frame& frame) {
    if (!broker_) return;
    settings_.counters->bytes_sent += frame->size();
    caf::anon_send(broker_, send_frame{link, frame});
}

/// Unresponsive peers get heartbeats only; they catch up when they are back.
void cluster_actor::send_to_responsive(const message& message) {
    const auto shared = to_send(message);
    for (const auto& [name, id] : links_.peers())
        if (links_.responsive(*links_.find(id), home_.now())) send(id, shared);
}

void cluster_actor::log(const membership::event& e) {
    using kind = membership::event::kind;
    const auto ms = e.silence.count();
    switch (e.type) {
    case kind::joined:
        return observe::log(log_level::info, "cluster: {} ({}) joined", e.name, e.address);
    case kind::restarted:
        return observe::log(log_level::info, "cluster: {} ({}) was restarted", e.name, e.address);
    case kind::suspected:
        return observe::log(log_level::warn, "cluster: {} ({}) is suspect: silent for {} ms",
                            e.name, e.address, ms);
    case kind::died:
        return observe::log(log_level::warn, "cluster: {} ({}) is dead: silent for {} ms", e.name,
                            e.address, ms);
    case kind::recovered:
        return observe::log(log_level::info, "cluster: {} ({}) is alive again", e.name, e.address);
    case kind::left:
        return observe::log(log_level::info, "cluster: {} ({}) left", e.name, e.address);
    case kind::forgotten:
        return observe::log(log_level::info, "cluster: {} ({}) is forgotten: silent for {} ms",
                            e.name, e.address, ms);
    case kind::name_taken:
        return observe::log_limited(name_log, log_level::error,
                                    "cluster: two nodes have the name {}; the one at {} is "
                                    "rejected: give each node its own node.name",
                                    e.name, e.address);
    case kind::full:
        return observe::log_limited(full_log, log_level::error,
                                    "cluster: {} ({}) is rejected: there are already {} members",
                                    e.name, e.address, most_members);
    case kind::stalled:
        return observe::log(log_level::warn,
                            "cluster: this node was stalled for {} ms and heard no heartbeats", ms);
    }
}

} // namespace thalamus::cluster
