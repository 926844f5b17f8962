#include "actors/target_keeper.hpp"

#include "actors/messages.hpp"
#include "observe/program_log.hpp"
#include "policies/stable_hash.hpp"

#include <algorithm>

namespace thalamus::actors {

using boost::asio::ip::tcp;

namespace {
constexpr std::chrono::seconds look_up_again{30}, look_up_failed_again{1};
observe::log_limit look_up_log{1};

std::string to_string(const net::tcp_endpoint& address) {
    const auto host = address.address().to_string();
    const auto port = std::to_string(address.port());
    return address.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

std::string authority_of(const config::endpoint& e) {
    const bool v6 = e.host.find(':') != std::string::npos;
    const auto host = v6 ? "[" + e.host + "]" : e.host;
    return e.port == 80 ? host : host + ":" + std::to_string(e.port);
}
} // namespace

/// One service's look-ups and probes. Shared with look-ups under way, which may outlive the actor.
class target_keeper_actor::kept_service final
    : public std::enable_shared_from_this<target_keeper_actor::kept_service> {
public:
    kept_service(target_keeper_actor& owner, std::size_t index)
        : owner_(&owner), context_(owner.context_), index_(index),
          source_(*owner.context_.node.targets[index]), resolver_(owner.context_.home.io()),
          timer_(owner.context_.home.timers(),
                 [](void* self) { static_cast<kept_service*>(self)->look_up(); }, this) {}

    void look_up() {
        found_.assign(source_.settings().targets.size(), {});
        failed_ = false;
        pending_ = 0;
        has_names_ = false;
        for (std::size_t i = 0; i < found_.size(); ++i) {
            const auto& address = source_.settings().targets[i].address;
            boost::system::error_code error;
            const auto ip = boost::asio::ip::make_address(address.host, error);
            if (!error) {
                found_[i].push_back({ip, address.port});
                continue;
            }
            has_names_ = true;
            ++pending_;
            resolver_.async_resolve(
                address.host, std::to_string(address.port), tcp::resolver::numeric_service,
                [self = shared_from_this(), i](const boost::system::error_code& e,
                                               const tcp::resolver::results_type& results) {
                    self->context_.home.in_turn([&] { self->resolved(i, e, results); });
                });
        }
        if (pending_ == 0) update();
    }

    void end() {
        owner_ = nullptr;
        resolver_.cancel();
        timer_.disarm();
        probes_.clear();
    }

private:
    struct probe {
        probe(kept_service& of, std::shared_ptr<target_set> set, std::size_t target)
            : service(of), watched(std::move(set)), index(target),
              check(of.context_.home, watched->targets[target].address,
                    watched->targets[target].authority, of.health().path, of.health().timeout,
                    [this](std::optional<unsigned> status) { done(status); }),
              timer(of.context_.home.timers(),
                    [](void* self) { static_cast<probe*>(self)->check.begin(); }, this) {
            timer.arm(of.context_.home.now());
        }

        void done(std::optional<unsigned> status) {
            const bool ok = status && std::ranges::any_of(service.health().status, [&](auto r) {
                                return *status >= r.first && *status <= r.last;
                            });
            if (watched->health.probed(index, ok)) {
                service.context_.metrics.add(service.index_, observe::service_counter::health_changes);
                observe::log(observe::log_level::warn, "service {}: target {} is {} ({})",
                             service.source_.settings().name, watched->targets[index].text,
                             ok ? "healthy" : "unhealthy",
                             status ? "status " + std::to_string(*status) : "no answer");
            }
            timer.arm(service.context_.home.now() + service.health().interval);
        }

        kept_service& service;
        std::shared_ptr<target_set> watched;
        std::size_t index;
        net::http_probe check;
        net::timer timer;
    };

    const config::health_settings& health() const { return *source_.settings().health; }

    void resolved(std::size_t i, const boost::system::error_code& error,
                  const tcp::resolver::results_type& results) {
        if (!owner_) return;
        if (error) {
            failed_ = true;
            observe::log_limited(look_up_log, observe::log_level::warn,
                                 "service {}: cannot look up {}: {}", source_.settings().name,
                                 source_.settings().targets[i].address.host, error.message());
        } else {
            for (const auto& entry : results) found_[i].push_back(entry.endpoint());
        }
        if (--pending_ == 0) update();
    }

    // A name that cannot be looked up keeps the addresses it had.
    void update() {
        const auto before = source_.current();
        if (has_names_)
            timer_.arm(context_.home.now() + (failed_ ? net::clock::duration(look_up_failed_again)
                                                      : look_up_again));
        std::vector<target> targets;
        for (std::size_t i = 0; i < found_.size(); ++i) {
            const auto& settings = source_.settings().targets[i];
            std::ranges::sort(found_[i]);
            if (found_[i].empty() && before) {
                for (const auto& t : before->targets)
                    if (t.authority == authority_of(settings.address)) targets.push_back(t);
            }
            for (const auto& address : found_[i]) {
                const auto text = to_string(address);
                targets.push_back({address, text, authority_of(settings.address), settings.weight,
                                   policies::stable_hash(text)});
            }
        }
        if (targets.empty()) return;
        const auto same = [](const target& a, const target& b) {
            return a.address == b.address && a.weight == b.weight;
        };
        if (before && std::ranges::equal(before->targets, targets, same)) return;
        auto now = std::make_shared<target_set>(std::move(targets), source_.settings());
        source_.replace(now);
        probes_.clear();
        if (source_.settings().health)
            for (std::size_t i = 0; i < now->targets.size(); ++i)
                probes_.push_back(std::make_unique<probe>(*this, now, i));
        owner_->announce(index_);
    }

    target_keeper_actor* owner_; // null once it has ended
    reactor_context& context_;
    const std::size_t index_;
    service_targets& source_;
    tcp::resolver resolver_;
    net::timer timer_;
    std::vector<std::vector<net::tcp_endpoint>> found_; // by configured target
    std::vector<std::unique_ptr<probe>> probes_;
    std::size_t pending_ = 0;
    bool failed_ = false, has_names_ = false;
};

target_keeper_actor::target_keeper_actor(caf::actor_config& config, reactor_context& context,
                                         std::vector<caf::actor> supervisors)
    : net::pinned_actor(config), context_(context), supervisors_(std::move(supervisors)) {}

target_keeper_actor::~target_keeper_actor() = default;

caf::behavior target_keeper_actor::make_behavior() {
    for (std::size_t i = 0; i < context_.node.targets.size(); ++i) {
        services_.push_back(std::make_shared<kept_service>(*this, i));
        services_.back()->look_up();
    }
    return {[](targets_changed) {}};
}

void target_keeper_actor::on_exit() {
    for (const auto& service : services_) service->end();
    services_.clear();
}

void target_keeper_actor::announce(std::size_t service) {
    for (const auto& supervisor : supervisors_)
        caf::anon_send(supervisor, targets_changed::value, service);
}

} // namespace thalamus::actors
