#include "actors/upstream/target_monitor.hpp"

#include "actors/messages.hpp"
#include "base/rendezvous.hpp"
#include "cluster/node.hpp"
#include "config/addresses.hpp"
#include "net/http_probe.hpp"
#include "net/name_lookup.hpp"
#include "observe/program_log.hpp"

#include <algorithm>
#include <utility>

namespace thalamus::actors {

namespace {
/// Between look-ups of a name that fail: doubled from the first on.
constexpr std::chrono::seconds first_wait_after_failure{1}, longest_wait_after_failure{30};
/// How long this node's own probe has to contradict the prober's result.
constexpr std::chrono::milliseconds look_oneself{500};
observe::log_limit look_up_log{1};
} // namespace

/// The name lookups and probes of one service.
class target_monitor::kept_service final {
public:
    kept_service(target_monitor& owner, std::size_t index)
        : owner_(owner),
          context_(owner.context_),
          index_(index),
          source_(*owner.context_.node.targets[index]),
          found_(source_.settings().targets.size()) {
        for (std::size_t i = 0; i < found_.size(); ++i) {
            const auto& address = source_.settings().targets[i].address;
            if (const auto ip = net::numeric_address(address.host))
                found_[i].push_back({*ip, address.port});
            else names_.push_back(std::make_unique<name>(*this, i));
        }
        unknown_ = names_.size();
        if (names_.empty()) update();
        for (const auto& n : names_) n->look_up();
    }

private:
    /// The name of a configured target, looked up again as its TTL passes.
    struct name {
        name(kept_service& of, std::size_t index)
            : service(of),
              target(index),
              lookup(of.context_.home,
                     [this](const net::name_lookup::result& r) { service.resolved(*this, r); }),
              again(of.context_.home.timers(), base::bind<&name::look_up>(this)) {}
        const config::endpoint& address() const {
            return service.source_.settings().targets[target].address;
        }
        void look_up() { lookup.start(address().host); }

        kept_service& service;
        const std::size_t target; // index into the configured targets
        net::name_lookup lookup;
        net::timer again;
        std::chrono::seconds wait{0}; // after a failure; 0 after a success
        bool looked_up = false;       // at least once, successfully or not
    };

    /// The probes of one target, and the reports from other nodes about it.
    struct probe {
        probe(kept_service& of, std::shared_ptr<target_set> set, std::size_t target)
            : service(of),
              watched(std::move(set)),
              index(target),
              check(of.context_.home, watched->targets[target].address,
                    watched->targets[target].authority, of.health().path, of.health().timeout,
                    [this](net::http_probe::outcome what, unsigned status) { done(what, status); }),
              timer(of.context_.home.timers(), base::bind<&probe::begin>(this)),
              patience(of.context_.home.timers(), base::bind<&probe::out_of_patience>(this)) {
            divide();
        }

        const std::string& target() const { return watched->targets[index].text; }
        bool healthy() const { return watched->health.look(index, service.now()).healthy; }

        /// The nodes have changed: starts or stops probing if the prober of the target has changed.
        void divide() {
            const std::string prober(service.owner_.prober_of(service.service_name(), target()));
            const bool was = mine;
            mine = prober == service.owner_.own_name();
            if (mine && !was) {
                published = doubts = false;
                patience.disarm();
                timer.arm(service.now());
            } else if (mine) {
                // A node that has just joined may not have received the result.
                if (!healthy()) service.tell(target(), false);
            } else if (!doubts) {
                // Probe a target that this node considers unhealthy: reports from its prober may
                // have been lost.
                doubts = !healthy();
                if (doubts) timer.arm(service.now() + between());
                else timer.disarm();
                // The prober may have reported before this node knew that it is the prober.
                if (service.context_.node.health_views.unhealthy(prober, service.service_name(),
                                                                 target()))
                    hear(false);
            }
        }

        std::chrono::milliseconds between() const {
            return service.health().interval * (mine ? 1 : service.owner_.others());
        }

        void begin() {
            if ((mine || doubts) && !check.under_way()) check.begin();
        }

        void done(net::http_probe::outcome what, unsigned status) {
            using outcome = net::http_probe::outcome;
            if (!mine && !doubts) return;
            timer.arm(service.now() + between());
            if (what == outcome::not_tried) return;
            const bool answered = what == outcome::answered;
            const bool ok =
                answered && std::ranges::any_of(service.health().status, [&](const auto& range) {
                    return status >= range.first && status <= range.last;
                });
            const auto why = answered ? "status " + std::to_string(status) : "no response";
            if (mine) {
                if (watched->health.probed(index, ok)) service.note(target(), ok, why);
                else if (!published) service.tell(target(), healthy());
                published = true;
                return;
            }
            patience.disarm();
            // This node keeps probing until the prober finds the target healthy.
            if (watched->health.report(index, ok)) service.note(target(), ok, why);
        }

        /// Handles a result of the target's prober.
        void hear(bool found_healthy) {
            if (mine) return;
            if (found_healthy) {
                stop_doubting();
                is_told(true);
            } else if (!doubts) {
                doubts = true;
                patience.arm(service.now() + look_oneself);
                timer.arm(service.now());
            }
        }

        void stop_doubting() {
            doubts = false;
            patience.disarm();
            timer.disarm();
        }

        void out_of_patience() { is_told(false); }

        void is_told(bool found_healthy) {
            if (watched->health.report(index, found_healthy))
                service.note(target(), found_healthy, "reported by its prober");
        }

        kept_service& service;
        std::shared_ptr<target_set> watched;
        std::size_t index;
        bool mine = false;
        bool published = false; // published since this node became the prober
        bool doubts = false;    // the prober reported "unhealthy": this node probes too
        net::http_probe check;
        net::timer timer, patience;
    };

public:
    void divide_probes() {
        for (const auto& p : probes_) p->divide();
    }
    void hear(const health_report& what) {
        const auto set = source_.current();
        if (!set) return;
        for (std::size_t i = 0; i < set->targets.size(); ++i) {
            if (set->targets[i].text != what.target) continue;
            if (what.of_ejection())
                set->health.warned(i, now() + what.ejected_for(std::chrono::system_clock::now()));
            else if (i < probes_.size()) probes_[i]->hear(what.healthy);
        }
    }
    const std::string& service_name() const { return source_.settings().name; }

private:
    net::time_point now() const { return context_.home.now(); }

    void note(const std::string& target, bool healthy, const std::string& why) {
        context_.metrics.add(index_, observe::service_counter::health_changes);
        observe::log(observe::log_level::warn, "service {}: target {} is {} ({})", service_name(),
                     target, healthy ? "healthy" : "unhealthy", why);
        tell(target, healthy);
    }
    void tell(const std::string& target, bool healthy) {
        if (context_.node.cluster)
            context_.node.cluster->publish(health_topic,
                                           health_report{service_name(), target, healthy, {}});
    }

    const config::health_settings& health() const { return *source_.settings().health; }

    // A name that cannot be resolved keeps its previous addresses.
    void resolved(name& of, const net::name_lookup::result& result) {
        bool changed = false;
        if (!result.addresses.empty()) {
            std::vector<net::tcp_endpoint> present;
            for (const auto& ip : result.addresses) present.push_back({ip, of.address().port});
            changed = present != found_[of.target];
            found_[of.target] = std::move(present);
            of.wait = std::chrono::seconds(0);
        } else {
            of.wait = std::clamp(2 * of.wait, first_wait_after_failure, longest_wait_after_failure);
            observe::log_limited(look_up_log, observe::log_level::warn,
                                 "service {}: cannot resolve {}: {}", service_name(),
                                 of.address().host, result.error);
        }
        of.again.arm(now() + (result.addresses.empty() ? of.wait : result.good_for));
        const bool is_first = !std::exchange(of.looked_up, true);
        if (is_first) --unknown_;
        if (unknown_ == 0 && (changed || is_first)) update();
    }

    void update() {
        source_.set_looked_up();
        const auto before = source_.current();
        std::vector<target> targets;
        for (std::size_t i = 0; i < found_.size(); ++i) {
            const auto& settings = source_.settings().targets[i];
            for (const auto& address : found_[i]) {
                const auto text = net::to_text(address);
                targets.push_back({address, text, config::to_authority(settings.address),
                                   settings.weight, base::stable_hash(text)});
            }
        }
        if (targets.empty()) return;
        const auto same = [](const target& a, const target& b) {
            return a.address == b.address && a.weight == b.weight;
        };
        if (before && std::ranges::equal(before->targets, targets, same)) return;
        auto now = std::make_shared<target_set>(std::move(targets), source_.settings(),
                                                before.get(), context_.home.now());
        source_.replace(now);
        probes_.clear();
        if (source_.settings().health)
            for (std::size_t i = 0; i < now->targets.size(); ++i)
                probes_.push_back(std::make_unique<probe>(*this, now, i));
        owner_.announce(index_);
    }

    target_monitor& owner_;
    reactor_context& context_;
    const std::size_t index_;
    service_targets& source_;
    std::vector<std::vector<net::tcp_endpoint>> found_; // by configured target
    std::vector<std::unique_ptr<name>> names_;
    std::size_t unknown_ = 0; // names that were never looked up
    std::vector<std::unique_ptr<probe>> probes_;
};

target_monitor::target_monitor(caf::actor_config& config, reactor_context& context,
                               std::vector<caf::actor> supervisors)
    : net::pinned_actor(config),
      context_(context),
      supervisors_(std::move(supervisors)) {}

target_monitor::~target_monitor() = default;

caf::behavior target_monitor::make_behavior() {
    for (std::size_t i = 0; i < context_.node.targets.size(); ++i) {
        services_.push_back(std::make_unique<kept_service>(*this, i));
    }
    if (context_.node.cluster) join_cluster();
    return {
        [](targets_changed) {},
        [this](const cluster::view_changed&) { divide_probes(); },
    };
}

void target_monitor::on_exit() {
    lifetime_.end();
    services_.clear();
}

void target_monitor::join_cluster() {
    auto& cluster = *context_.node.cluster;
    cluster.subscribe(caf::actor_cast<caf::actor>(this));
    cluster.subscribe<health_report>(
        health_topic, lifetime_.guarded([this](const std::string& by, const health_report& what) {
            reported(by, what);
        }));
    divide_probes();
}

void target_monitor::divide_probes() {
    const auto view = context_.node.cluster->current();
    std::vector<std::string> nodes;
    std::set<std::string, std::less<>> known;
    for (const auto& m : view->members) {
        known.insert(m.name);
        if (m.state == cluster::member_state::alive) nodes.push_back(m.name);
    }
    // Keep the reports of suspect nodes: a node that is suspected for a moment does not repeat
    // them.
    context_.node.health_views.keep(known);
    if (nodes == nodes_) return;
    nodes_ = std::move(nodes);
    for (const auto& service : services_) service->divide_probes();
}

std::string_view target_monitor::prober_of(const std::string& service,
                                           const std::string& target) const {
    return nodes_.empty() ? std::string_view(own_name())
                          : base::rendezvous_node(service, target, nodes_);
}

void target_monitor::reported(const std::string& by, const health_report& what) {
    context_.node.health_views.hear(by, what, context_.home.now());
    // Ignore probe results from a node that is not, or not yet, the prober.
    if (!what.of_ejection() && prober_of(what.service, what.target) != by) return;
    for (const auto& service : services_)
        if (service->service_name() == what.service) service->hear(what);
}

void target_monitor::announce(std::size_t service) {
    for (const auto& supervisor : supervisors_)
        caf::anon_send(supervisor, targets_changed::value, service);
}

} // namespace thalamus::actors
