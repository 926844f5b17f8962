#include "actors/target_keeper.hpp"

#include "actors/messages.hpp"
#include "net/http_probe.hpp"
#include "net/name_lookup.hpp"
#include "observe/program_log.hpp"
#include "policies/stable_hash.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
constexpr std::chrono::seconds look_up_again{30}, first_wait_after_failure{1};
observe::log_limit look_up_log{1};

std::string authority_of(const config::endpoint& e) {
    const bool v6 = e.host.find(':') != std::string::npos;
    const auto host = v6 ? "[" + e.host + "]" : e.host;
    return e.port == 80 ? host : host + ":" + std::to_string(e.port);
}
} // namespace

/// One service's look-ups and probes.
class target_keeper_actor::kept_service final {
public:
    kept_service(target_keeper_actor& owner, std::size_t index)
        : owner_(owner),
          context_(owner.context_),
          index_(index),
          source_(*owner.context_.node.targets[index]),
          found_(source_.settings().targets.size()),
          timer_(
              owner.context_.home.timers(),
              [](void* self) { static_cast<kept_service*>(self)->look_up(); }, this) {
        for (std::size_t i = 0; i < found_.size(); ++i) {
            const auto& address = source_.settings().targets[i].address;
            boost::system::error_code not_numeric;
            const auto ip = boost::asio::ip::make_address(address.host, not_numeric);
            if (!not_numeric) found_[i].push_back({ip, address.port});
            else
                names_.push_back(
                    {i, std::make_unique<net::name_lookup>(
                            context_.home,
                            [this, i](const net::name_lookup::result& r) { resolved(i, r); })});
        }
        if (names_.empty()) update();
        else look_up();
    }

private:
    struct probe {
        probe(kept_service& of, std::shared_ptr<target_set> set, std::size_t target)
            : service(of),
              watched(std::move(set)),
              index(target),
              check(of.context_.home, watched->targets[target].address,
                    watched->targets[target].authority, of.health().path, of.health().timeout,
                    [this](net::http_probe::outcome what, unsigned status) { done(what, status); }),
              timer(
                  of.context_.home.timers(),
                  [](void* self) { static_cast<probe*>(self)->check.begin(); }, this) {
            timer.arm(of.context_.home.now());
        }

        void done(net::http_probe::outcome what, unsigned status) {
            using outcome = net::http_probe::outcome;
            timer.arm(service.context_.home.now() + service.health().interval);
            if (what == outcome::not_tried) return;
            const bool answered = what == outcome::answered;
            const bool ok =
                answered && std::ranges::any_of(service.health().status, [&](const auto& range) {
                    return status >= range.first && status <= range.last;
                });
            if (watched->health.probed(index, ok)) {
                service.context_.metrics.add(service.index_,
                                             observe::service_counter::health_changes);
                observe::log(observe::log_level::warn, "service {}: target {} is {} ({})",
                             service.source_.settings().name, watched->targets[index].text,
                             ok ? "healthy" : "unhealthy",
                             answered ? "status " + std::to_string(status) : "no answer");
            }
        }

        kept_service& service;
        std::shared_ptr<target_set> watched;
        std::size_t index;
        net::http_probe check;
        net::timer timer;
    };

    const config::health_settings& health() const { return *source_.settings().health; }

    void look_up() {
        failed_ = false;
        pending_ = names_.size();
        for (const auto& name : names_)
            name.lookup->start(source_.settings().targets[name.target].address.host);
    }

    // A name that cannot be looked up keeps the addresses it had.
    void resolved(std::size_t i, const net::name_lookup::result& result) {
        const auto& address = source_.settings().targets[i].address;
        if (!result.addresses.empty()) {
            found_[i].clear();
            for (const auto& ip : result.addresses) found_[i].push_back({ip, address.port});
        } else {
            failed_ = true;
            observe::log_limited(look_up_log, observe::log_level::warn,
                                 "service {}: cannot look up {}: {}", source_.settings().name,
                                 address.host, result.error);
        }
        if (--pending_ > 0) return;
        if (!failed_) wait_ = look_up_again;
        else wait_ = failing_ ? std::min(2 * wait_, look_up_again) : first_wait_after_failure;
        failing_ = failed_;
        timer_.arm(context_.home.now() + wait_);
        update();
    }

    void update() {
        source_.set_looked_up();
        const auto before = source_.current();
        std::vector<target> targets;
        for (std::size_t i = 0; i < found_.size(); ++i) {
            const auto& settings = source_.settings().targets[i];
            for (const auto& address : found_[i]) {
                const auto text = net::to_text(address);
                targets.push_back({address, text, authority_of(settings.address), settings.weight,
                                   policies::stable_hash(text)});
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

    struct name {
        std::size_t target; // index into the configured targets
        std::unique_ptr<net::name_lookup> lookup;
    };

    target_keeper_actor& owner_;
    reactor_context& context_;
    const std::size_t index_;
    service_targets& source_;
    std::vector<std::vector<net::tcp_endpoint>> found_; // by configured target
    std::vector<name> names_;
    std::vector<std::unique_ptr<probe>> probes_;
    std::size_t pending_ = 0;
    std::chrono::seconds wait_{0};
    bool failed_ = false, failing_ = false; // a look-up of this round, of the round before
    net::timer timer_;
};

target_keeper_actor::target_keeper_actor(caf::actor_config& config, reactor_context& context,
                                         std::vector<caf::actor> supervisors)
    : net::pinned_actor(config),
      context_(context),
      supervisors_(std::move(supervisors)) {}

target_keeper_actor::~target_keeper_actor() = default;

caf::behavior target_keeper_actor::make_behavior() {
    for (std::size_t i = 0; i < context_.node.targets.size(); ++i) {
        services_.push_back(std::make_unique<kept_service>(*this, i));
    }
    return {[](targets_changed) {}};
}

void target_keeper_actor::on_exit() { services_.clear(); }

void target_keeper_actor::announce(std::size_t service) {
    for (const auto& supervisor : supervisors_)
        caf::anon_send(supervisor, targets_changed::value, service);
}

} // namespace thalamus::actors
