#include "cluster/cluster_actor.hpp"

#include "cluster/link_broker.hpp"
#include "observe/program_log.hpp"

#include <caf/io/middleman.hpp>
#include <unistd.h>

namespace thalamus::cluster {

using observe::log_level;
using std::chrono::milliseconds;

namespace {

observe::log_limit call_log{1}, stranger_log{1}, name_log{1}, full_log{1}, malformed_log{1};

constexpr milliseconds dial_every{100};

} // namespace

cluster_actor::cluster_actor(caf::actor_config& config, net::reactor& home, settings how)
    : net::pinned_actor(config),
      home_(home),
      how_(std::move(how)),
      random_(std::random_device{}()),
      incarnation_(
          new_incarnation(std::chrono::system_clock::now(), static_cast<std::uint32_t>(random_()))),
      members_(membership_settings(), how_.status, net::clock::now()),
      logs_(how_.name, incarnation_, topics, 2 * how_.cluster.heartbeat,
            {[this](auto topic, const auto& origin, auto payload) {
                 const auto at = topics_.find(topic);
                 if (at != topics_.end() && at->second.deliver) at->second.deliver(origin, payload);
             },
             [this](auto topic, const auto& origin, const auto& snapshot) {
                 const auto at = topics_.find(topic);
                 if (at != topics_.end() && at->second.reset) at->second.reset(origin, snapshot);
             },
             [this](auto topic) {
                 const auto at = topics_.find(topic);
                 return at != topics_.end() && at->second.snapshot ? at->second.snapshot()
                                                                   : std::nullopt;
             }}),
      links_(how_.name, how_.cluster.suspect_after),
      next_beat_(net::clock::now()) {}

cluster_actor::~cluster_actor() {
    if (how_.port.descriptor >= 0) ::close(how_.port.descriptor);
}

membership::settings cluster_actor::membership_settings() {
    const auto& c = how_.cluster;
    return {how_.name,       net::to_text(how_.port.address),
            incarnation_,    c.heartbeat,
            c.suspect_after, c.dead_after};
}

caf::behavior cluster_actor::make_behavior() {
    auto& middleman = system().middleman();
    caf::actor_config config{&middleman.backend()};
    broker_ = system().spawn_class<link_broker, caf::no_spawn_options>(
        config, caf::actor(this), std::exchange(how_.port.descriptor, -1), how_.tls);
    monitor(broker_);
    set_down_handler([this](const caf::down_msg& down) {
        observe::log(log_level::error, "cluster: the link broker ended: {}",
                     system().render(down.reason));
        broker_ = {};
        quit(caf::exit_reason::unhandled_exception);
    });
    how_.view->set(members_.current());
    questions_.emplace(home_.timers(), [this](link_id to, const message& what) { send(to, what); });
    timer_.emplace(home_.timers(), base::bind<&cluster_actor::turn>(this));
    seeds_ = std::make_unique<seeds>(home_, how_.cluster.seeds, [this] { dial(); });
    timer_->arm(home_.now());
    set_exit_handler([this](const caf::exit_msg& reason) {
        members_.leave();
        send_beat();
        quit(reason.reason);
    });
    return {
        [this](const link_up& what) { up(what); },
        [this](const link_down& what) { down(what); },
        [this](const frame_received& what) { received(what); },
        [this](const change_status& what) {
            auto status = members_.current()->own().status;
            what.how(status);
            if (members_.set_status(status)) send_beat();
            settle();
        },
        [this](publish_entry& what) {
            if (auto entries = logs_.publish(what.topic, std::move(what.payload)))
                send_to_answering(*entries);
        },
        [this](subscribe_topic& what) { topics_[what.topic] = std::move(what.how); },
        [this](const subscribe_view& what) {
            subscribers_.push_back(what.who);
            caf::anon_send(what.who, view_changed{members_.current()});
        },
        [this](ask_peer& what) {
            auto to = links_.to(what.peer);
            const auto* l = links_.find(to);
            if (!l || !links_.answering(*l, home_.now())) to = 0;
            questions_->ask(to, what.kind, std::move(what.payload), what.deadline,
                            std::move(what.then));
            how_.counters->questions_unanswered = questions_->unanswered();
        },
        [this](answer_kind& what) { questions_->answer_with(what.kind, std::move(what.how)); },
    };
}

void cluster_actor::on_exit() {
    if (broker_) caf::anon_send(std::exchange(broker_, {}), end_links{});
    timer_.reset();
    questions_.reset();
    seeds_.reset();
    subscribers_.clear();
    topics_.clear();
}

// -- time --------------------------------------------------------------------

void cluster_actor::turn() {
    const auto now = home_.now();
    if (now >= next_beat_) {
        // Random, so that nodes that started together do not send together.
        next_beat_ = now + how_.cluster.heartbeat - milliseconds(random_() % 20);
        members_.tick(now);
        send_beat();
        settle();
        drop_dead_links();
    }
    dial();
    timer_->arm(std::min(next_beat_, now + dial_every));
}

void cluster_actor::send_beat() {
    if (links_.peers().empty()) return;
    auto beat = members_.beat(home_.now());
    beat.positions = logs_.positions();
    const auto shared = to_send(beat);
    for (const auto& [name, id] : links_.peers()) send(id, shared);
    how_.counters->heartbeats_sent += links_.peers().size();
}

void cluster_actor::send_beat_to(link_id to) {
    auto beat = members_.beat(home_.now());
    beat.positions = logs_.positions();
    send(to, beat);
    ++how_.counters->heartbeats_sent;
}

/// To be called after anything that may have changed the membership.
void cluster_actor::settle() {
    for (const auto& e : members_.take_events()) log(e);
    const auto now = members_.current();
    if (now == how_.view->current()) return;
    how_.view->set(now);
    if (members_.revision() == told_revision_) return;
    told_revision_ = members_.revision();
    logs_.set_members(*now);
    if (seeds_) seeds_->hurry(!now->majority() || now->known() == 1);
    for (const auto& who : subscribers_) caf::anon_send(who, view_changed{now});
}

/// Drops links to dead peers, because they only queue bytes; keeps one that has just been heard.
void cluster_actor::drop_dead_links() {
    for (const auto& m : members_.current()->members) {
        if (m.state != member_state::dead) continue;
        const auto id = links_.to(m.name);
        if (id != 0 && !links_.answering(*links_.find(id), home_.now())) drop(id);
    }
}

// -- links -------------------------------------------------------------------

std::set<net::tcp_endpoint> cluster_actor::wanted_addresses() {
    auto wanted = seeds_->addresses();
    const auto now = members_.current();
    for (const auto& m : now->members) {
        if (m.name == how_.name || links_.to(m.name) != 0) continue;
        const auto at = parse_endpoint(m.address);
        if (at.port() != 0) wanted.insert(at);
    }
    return wanted;
}

/// Finds where others reach this node if it listens on all addresses: the address that leads to a
/// seed.
void cluster_actor::find_own_address() {
    if (!how_.port.address.address().is_unspecified()) return;
    for (const auto& seed : seeds_->addresses()) {
        const auto ip = address_towards(seed);
        if (ip.is_unspecified()) continue;
        how_.port.address.address(ip);
        members_.set_address(net::to_text(how_.port.address));
        return;
    }
}

void cluster_actor::dial() {
    if (!seeds_ || !broker_)
        return; // the first look-up ended within the constructor, or the actor has ended
    find_own_address();
    dials_.want(wanted_addresses());
    std::set<std::string> linked{how_.name};
    for (const auto& [name, id] : links_.peers()) linked.insert(name);
    for (const auto& at : dials_.due(home_.now(), linked)) {
        const auto id = next_link_++;
        links_.open(id, at, true);
        caf::anon_send(broker_, open_link{id, at});
    }
}

void cluster_actor::up(const link_up& what) {
    const auto* l = links_.find(what.id);
    if (!l) l = &links_.open(what.id, what.peer, false);
    if (l->outbound) send(what.id, members_.own_hello());
}

void cluster_actor::down(const link_down& what) {
    questions_->link_closed(what.id);
    const bool in_use = [&] {
        const auto* l = links_.find(what.id);
        return l && !l->name.empty() && links_.to(l->name) == what.id;
    }();
    const auto gone = links_.close(what.id);
    const auto now = home_.now();
    if (!gone) {
        ++how_.counters->links_refused;
        observe::log_limited(stranger_log, log_level::warn, "cluster: {} was rejected: {}",
                             net::to_text(what.peer), what.reason);
        return;
    }
    const auto random = static_cast<std::uint32_t>(random_());
    if (gone->name.empty()) {
        if (gone->outbound) {
            const auto times = dials_.failed(gone->peer, now, random);
            if (gone->dropped) return;
            ++how_.counters->calls_failed;
            observe::log_limited(call_log, times == 1 ? log_level::info : log_level::debug,
                                 "cluster: no link to {}: {}", net::to_text(gone->peer),
                                 what.reason);
        } else if (!gone->dropped) { // otherwise the reason was logged
            ++how_.counters->links_refused;
            observe::log_limited(stranger_log, log_level::warn, "cluster: {} was rejected: {}",
                                 net::to_text(gone->peer), what.reason);
        }
        return;
    }
    dials_.lost(gone->peer, now, random);
    if (!in_use) return;
    if (members_.current()->find(gone->name)) ++how_.counters->links_lost; // otherwise it has left
    observe::log(log_level::info, "cluster: the link to {} ended: {}", gone->name, what.reason);
    if (!gone->dropped) members_.link_lost(gone->name, gone->incarnation);
}

void cluster_actor::drop(link_id id) {
    if (auto* l = links_.find(id)) l->dropped = true;
    caf::anon_send(broker_, close_link{id}); // link_down follows
}

void cluster_actor::received(const frame_received& what) {
    *what.backlog -= what.body.size();
    how_.counters->bytes_received += what.body.size();
    auto* l = links_.find(what.id);
    if (!l || l->dropped) return;
    auto decoded = decode(what.body);
    if (std::holds_alternative<malformed>(decoded)) return malformed_from(what.id, *l);
    auto* m = std::get_if<message>(&decoded);
    if (!l->name.empty()) {
        l->heard = home_.now();
        if (m) handle(what.id, *l, std::move(*m)); // otherwise from a later version
    } else if (auto* greeting = m ? std::get_if<hello>(m) : nullptr)
        greeted(what.id, *l, std::move(*greeting));
    else if (auto* no = m ? std::get_if<refused>(m) : nullptr) refused_by(what.id, *l, *no);
    else malformed_from(what.id, *l);
    settle();
}

void cluster_actor::malformed_from(link_id id, const link_table::link& l) {
    ++how_.counters->messages_malformed;
    if (l.name.empty()) ++how_.counters->links_refused;
    observe::log_limited(malformed_log, log_level::warn,
                         "cluster: {} ({}) sent an invalid message; its link is closed",
                         net::to_text(l.peer), l.name.empty() ? "unauthenticated" : l.name);
    drop(id);
}

// -- members -----------------------------------------------------------------

void cluster_actor::greeted(link_id id, link_table::link& l, hello peer) {
    const auto now = home_.now();
    if (const auto no = members_.objection(peer, now)) {
        if (l.outbound) dials_.named(l.peer, no->why == refusal::self ? how_.name : "");
        return refuse(id, l, peer, *no);
    }
    if (l.outbound) dials_.answered(l.peer, peer.name);
    const auto verdict = links_.introduce(id, peer, now);
    if (!verdict.accepted) return refuse(id, l, peer, {refusal::redundant, {}, how_.name});
    if (verdict.replaced != 0) drop(verdict.replaced);
    caf::anon_send(broker_, approve_link{id});
    if (!l.outbound) send(id, members_.own_hello());
    send_beat_to(id);
}

void cluster_actor::refuse(link_id id, const link_table::link& l, const hello& peer,
                           const refused& why) {
    if (why.why == refusal::name_taken || why.why == refusal::version) {
        ++how_.counters->links_refused;
        observe::log_limited(name_log, log_level::error, "cluster: {} at {} is rejected: {}",
                             peer.name, net::to_text(l.peer),
                             why.why == refusal::version
                                 ? "it speaks another protocol version"
                                 : "another node, at " + why.address +
                                       ", has the same name; give each node its own node.name");
    }
    send(id, why);
    drop(id);
}

void cluster_actor::refused_by(link_id id, const link_table::link& l, const refused& why) {
    // No call is needed as long as there is a link.
    if (l.outbound && (why.why == refusal::self || why.why == refusal::redundant))
        dials_.named(l.peer, why.name);
    if (why.why == refusal::name_taken)
        observe::log_limited(
            name_log, log_level::error,
            "cluster: {} rejects this node: another node already has the name {}, at {}; "
            "give each node its own node.name",
            net::to_text(l.peer), how_.name, why.address);
    else if (why.why == refusal::version)
        observe::log_limited(name_log, log_level::error,
                             "cluster: {} rejects this node: it speaks another protocol version",
                             net::to_text(l.peer));
    drop(id);
}

// -- messages ----------------------------------------------------------------

void cluster_actor::handle(link_id id, link_table::link& l, message&& what) {
    const auto now = home_.now();
    if (auto* beat = std::get_if<heartbeat>(&what)) heard(id, l, std::move(*beat));
    else if (auto* entries = std::get_if<log_entries>(&what)) {
        if (auto want = logs_.receive(*entries, now)) send(id, *want);
    } else if (auto* want = std::get_if<log_want>(&what)) {
        if (auto reply = logs_.answer(*want)) send(id, *reply);
    } else if (auto* reset = std::get_if<log_reset>(&what)) logs_.receive(*reset);
    else if (auto* asked = std::get_if<question>(&what)) questions_->asked(id, l.name, *asked);
    else if (auto* told = std::get_if<answer>(&what)) questions_->answered(id, *told);
    else if (auto* no = std::get_if<refused>(&what)) refused_by(id, l, *no);
}

void cluster_actor::heard(link_id id, link_table::link& l, heartbeat&& beat) {
    if (beat.from.name != l.name || beat.from.incarnation != l.incarnation)
        return malformed_from(id, l);
    // The peer does not know its address: use the one it connected from.
    auto at = parse_endpoint(beat.from.address);
    if (at.address().is_unspecified()) {
        at.address(l.peer.address());
        beat.from.address = net::to_text(at);
    }
    members_.receive(beat, home_.now());
    settle();
    for (const auto& want : logs_.missing(beat.positions, home_.now())) send(id, want);
}

cluster_actor::frame cluster_actor::to_send(const message& what) {
    return std::make_shared<const std::string>(to_frame(encode(what)));
}

void cluster_actor::send(link_id to, const frame& what) {
    if (!broker_) return;
    how_.counters->bytes_sent += what->size();
    caf::anon_send(broker_, send_frame{to, what});
}

/// Unresponsive peers get heartbeats only; they catch up when they are back.
void cluster_actor::send_to_answering(const message& what) {
    const auto shared = to_send(what);
    for (const auto& [name, id] : links_.peers())
        if (links_.answering(*links_.find(id), home_.now())) send(id, shared);
}

void cluster_actor::log(const membership::event& e) {
    using kind = membership::event::kind;
    const auto ms = e.silence.count();
    switch (e.what) {
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
    case kind::stood_still:
        return observe::log(log_level::warn,
                            "cluster: this node was stalled for {} ms and heard no heartbeats", ms);
    }
}

} // namespace thalamus::cluster
