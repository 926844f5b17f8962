#pragma once
// A cluster without sockets, actors or clocks: nodes with the real membership and broadcast
// exchange real bytes over a network that delays, reorders, loses and cuts, all drawn from one
// seed. A node that is frozen does nothing and finds what was sent to it when it goes on.

#include "cluster/broadcast.hpp"
#include "cluster/membership.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <set>

namespace thalamus::cluster::test {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using time_point = membership::time_point;
using event_kind = membership::event::kind;

constexpr topic_settings test_topic{7, "test", 64, 4096};

class simulation {
public:
    struct options {
        unsigned nodes = 3;
        milliseconds least_delay{0}, most_delay{20};
        double loss = 0;
        milliseconds heartbeat{500}, suspect_after{2000}, dead_after{6000};
        bool all_seeds = false; ///< else everyone knows the first node only
    };

    struct node {
        std::string address;
        std::unique_ptr<membership> members;
        std::unique_ptr<broadcast> logs;
        std::uint64_t life = 0; ///< counts starts: events of earlier ones are void
        bool up = false, frozen = false;
        std::vector<std::function<void()>> missed; ///< while frozen
        std::vector<std::pair<time_point, membership::event>> events;
        /// What was delivered of each origin and epoch: the numbers in the payloads.
        std::map<std::pair<std::string, std::uint64_t>, std::vector<std::uint64_t>> delivered;
        std::uint64_t sent = 0, largest = 0, resets = 0, published = 0;
        std::uint64_t revision = 0;
    };

    simulation(std::uint64_t seed, options how) : random(seed), how_(how), nodes(how.nodes) {
        for (unsigned i = 0; i < how.nodes; ++i) {
            nodes[i].address = "10.0.0." + std::to_string(i + 1) + ":7946";
            start(i, name_of(i));
        }
    }

    static std::string name_of(unsigned i) { return "node-" + std::to_string(i); }

    void start(unsigned i, const std::string& name, std::int64_t clock_error = 0) {
        auto& n = nodes[i];
        ++n.life;
        n.up = true;
        n.frozen = false;
        n.missed.clear();
        const auto incarnation = new_incarnation(
            std::chrono::system_clock::time_point{
                std::chrono::duration_cast<std::chrono::system_clock::duration>(
                    now.time_since_epoch())} +
                1h + milliseconds{clock_error},
            static_cast<std::uint32_t>(random()));
        n.members = std::make_unique<membership>(
            membership::settings{name, n.address, incarnation, how_.heartbeat, how_.suspect_after,
                                 how_.dead_after},
            node_status{"1", "c", 0, store_state::ok, false, false}, now);
        n.delivered.clear();
        n.published = 0;
        n.revision = 0;
        n.logs = std::make_unique<broadcast>(
            name, incarnation, std::span(&test_topic, 1), 2 * how_.heartbeat,
            broadcast::handlers{
                [this, i](auto, const std::string& origin, std::string_view payload) {
                    auto& n = nodes[i];
                    n.delivered[{origin, epoch_at(n, origin)}].push_back(
                        std::stoull(std::string(payload)));
                },
                [this, i](auto, const std::string& origin, const auto& snapshot) {
                    auto& n = nodes[i];
                    ++n.resets;
                    // The snapshot of this topic is the origin's last number that is known there.
                    if (!snapshot) return;
                    wire_reset(n, origin, *snapshot);
                },
                [this, i](auto) { return std::optional<std::string>{snapshot_of(nodes[i])}; }});
        const auto phase = milliseconds{random() % how_.heartbeat.count()};
        at(now + phase, [this, i, life = n.life] { turn(i, life); });
    }

    void stop(unsigned i, bool gracefully) {
        auto& n = nodes[i];
        if (gracefully) {
            n.members->leave();
            send_beat(i);
        } else if (!n.frozen)
            for (auto& other : nodes) // the kernel closes its connections
                if (&other != &n && other.up)
                    other.members->link_lost(n.members->own_hello().name,
                                             n.members->own_hello().incarnation);
        n.up = false;
        ++n.life;
    }

    void freeze(unsigned i) { nodes[i].frozen = true; }
    void thaw(unsigned i) {
        auto& n = nodes[i];
        n.frozen = false;
        for (auto& f : std::exchange(n.missed, {})) f();
    }

    void cut(unsigned from, unsigned to) { cuts.insert({from, to}); }
    void heal() { cuts.clear(); }

    void publish(unsigned i) {
        auto& n = nodes[i];
        if (!n.up || n.frozen) return;
        ++n.published;
        if (auto entries = n.logs->publish(test_topic.number, std::to_string(n.published)))
            for (unsigned to = 0; to < nodes.size(); ++to)
                if (to != i) send(i, to, *entries);
    }

    void push_status(unsigned i, store_state store) {
        auto status = nodes[i].members->current()->own().status;
        status.store = store;
        if (nodes[i].members->set_status(status)) send_beat(i);
    }

    void at(time_point when, std::function<void()> what) { queue_.push({when, ++order_, what}); }

    void run_until(time_point end) {
        while (!queue_.empty() && queue_.top().when <= end) {
            const auto next = queue_.top();
            queue_.pop();
            now = next.when;
            next.what();
        }
        now = end;
    }
    void run_for(milliseconds time) { run_until(now + time); }

    view_ptr view_of(unsigned i) { return nodes[i].members->current(); }
    member_state state_at(unsigned i, const std::string& name) {
        const auto* m = view_of(i)->find(name);
        return m ? m->state : member_state::dead;
    }
    std::size_t count(unsigned i, event_kind what) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            nodes[i].events, [&](const auto& e) { return e.second.type == what; }));
    }
    std::size_t count(event_kind what) const {
        std::size_t sum = 0;
        for (unsigned i = 0; i < nodes.size(); ++i) sum += count(i, what);
        return sum;
    }
    void forget_events() {
        for (auto& n : nodes) n.events.clear();
    }

    /// Every node that is up knows exactly those that are up, all alive.
    bool all_alive() {
        std::set<std::string> up;
        for (auto& n : nodes)
            if (n.up) up.insert(n.members->own_hello().name);
        for (auto& n : nodes) {
            if (!n.up) continue;
            const auto v = n.members->current();
            if (v->known() != up.size() || v->alive != up.size()) return false;
            for (const auto& m : v->members)
                if (!up.contains(m.name)) return false;
        }
        return true;
    }

    std::mt19937_64 random;
    time_point now{1h};

private:
    struct scheduled {
        time_point when;
        std::uint64_t order;
        std::function<void()> what;
        bool operator<(const scheduled& o) const {
            return std::tie(when, order) > std::tie(o.when, o.order);
        }
    };

    static std::uint64_t epoch_at(node& n, const std::string& origin) {
        const auto* m = n.members->current()->find(origin);
        return m ? m->incarnation : 0;
    }

    // A snapshot says for each origin how far it goes: "origin=number " and so on.
    static std::string snapshot_of(node& n) {
        std::string out;
        for (const auto& [key, numbers] : n.delivered)
            out += key.first + "=" + std::to_string(numbers.back()) + " ";
        out += n.members->own_hello().name + "=" + std::to_string(n.published) + " ";
        return out;
    }
    static void wire_reset(node& n, const std::string& origin, const std::string& snapshot) {
        const auto at = snapshot.find(origin + "=");
        if (at == std::string::npos) return;
        n.delivered[{origin, epoch_at(n, origin)}].push_back(
            std::stoull(snapshot.substr(at + origin.size() + 1)));
    }

    void turn(unsigned i, std::uint64_t life) {
        auto& n = nodes[i];
        if (n.life != life) return;
        if (n.frozen) {
            n.missed.push_back([this, i, life] { turn(i, life); });
            return;
        }
        n.members->tick(now);
        send_beat(i);
        settle(i);
        at(now + how_.heartbeat, [this, i, life] { turn(i, life); });
    }

    void send_beat(unsigned i) {
        auto& n = nodes[i];
        auto beat = n.members->beat(now);
        beat.positions = n.logs->positions();
        std::set<std::string> to{nodes[0].address};
        if (how_.all_seeds)
            for (auto& other : nodes) to.insert(other.address);
        for (const auto& m : n.members->current()->members) to.insert(m.address);
        const auto bytes = encoded(beat);
        for (unsigned j = 0; j < nodes.size(); ++j)
            if (j != i && to.contains(nodes[j].address)) send(i, j, bytes);
    }

    using shared_bytes = std::shared_ptr<const std::string>;
    static shared_bytes encoded(const message& what) {
        return std::make_shared<const std::string>(encode(what));
    }
    void send(unsigned from, unsigned to, const message& what) { send(from, to, encoded(what)); }
    void send(unsigned from, unsigned to, const shared_bytes& bytes) {
        auto& n = nodes[from];
        ++n.sent;
        n.largest = std::max<std::uint64_t>(n.largest, bytes->size());
        if (cuts.contains({from, to})) return;
        if (std::uniform_real_distribution<>(0, 1)(random) < how_.loss) return;
        const auto spread = std::chrono::microseconds(how_.most_delay - how_.least_delay).count();
        const auto delay = std::chrono::microseconds(how_.least_delay) +
                           std::chrono::microseconds(
                               spread > 0 ? random() % static_cast<std::uint64_t>(spread) : 0);
        at(now + delay, [this, from, to, bytes] { arrive(from, to, bytes); });
    }

    void arrive(unsigned from, unsigned to, const shared_bytes& bytes) {
        auto& n = nodes[to];
        if (!n.up) return;
        if (n.frozen) {
            n.missed.push_back([=, this] { arrive(from, to, bytes); });
            return;
        }
        auto decoded = decode(*bytes);
        auto& what = std::get<message>(decoded); // what was encoded can be decoded
        if (auto* beat = std::get_if<heartbeat>(&what)) {
            n.members->receive(*beat, now);
            settle(to);
            for (const auto& want : n.logs->missing(beat->positions, now)) send(to, from, want);
        } else if (auto* entries = std::get_if<log_entries>(&what)) {
            if (auto want = n.logs->receive(*entries, now)) send(to, from, *want);
        } else if (auto* want = std::get_if<log_want>(&what)) {
            if (auto reply = n.logs->reply_to(*want)) send(to, from, *reply);
        } else if (auto* reset = std::get_if<log_reset>(&what)) n.logs->receive(*reset);
    }

    void settle(unsigned i) {
        auto& n = nodes[i];
        for (auto& e : n.members->take_events()) n.events.push_back({now, std::move(e)});
        if (n.members->revision() == n.revision) return;
        n.revision = n.members->revision();
        n.logs->set_members(*n.members->current());
    }

    options how_;
    std::set<std::pair<unsigned, unsigned>> cuts;
    std::priority_queue<scheduled> queue_;
    std::uint64_t order_ = 0;

public:
    std::vector<node> nodes;
};

} // namespace thalamus::cluster::test
