#include "app/gateway.hpp"

#include "actors/identity/credential_store.hpp"
#include "actors/identity/jwks_manager.hpp"
#include "actors/identity/password_checker.hpp"
#include "actors/limits/limit_mode_coordinator.hpp"
#include "actors/limits/reconciliation.hpp"
#include "actors/request/connection.hpp"
#include "actors/supervisor.hpp"
#include "actors/upstream/service_targets.hpp"
#include "actors/upstream/target_monitor.hpp"
#include "app/bind.hpp"
#include "app/drain.hpp"
#include "app/node_cluster.hpp"
#include "app/node_store.hpp"
#include "net/bind.hpp"
#include "net/listener.hpp"
#include "net/on_reactor.hpp"
#include "observe/access_log.hpp"
#include "observe/program_log.hpp"
#include "policies/auth/reason.hpp"

#include <boost/asio/signal_set.hpp>
#include <caf/actor_cast.hpp>

#include <csignal>
#include <future>
#include <optional>
#include <random>

namespace thalamus::app {

using observe::log_level;

namespace {
observe::log_limit accept_log{1};
}

class gateway::impl {
public:
    impl(config::snapshot_ptr snapshot, std::string version, const make_admin_calls& more)
        : snapshot_(std::move(snapshot)),
          plan_(snapshot_),
          access_log_(snapshot_->log, snapshot_->node.reactors),
          metrics_(snapshot_, snapshot_->node.reactors, auth::reason_names()),
          node_(plan_, access_log_, metrics_),
          store_(snapshot_->store, snapshot_->node.reactors),
          runtime_(snapshot_->node.reactors),
          system_(prepared(runtime_, *snapshot_)),
          reactors_(net::reactors_of(system_)) {
        for (const auto& service : snapshot_->services)
            node_.targets.push_back(std::make_unique<actors::service_targets>(service));
        std::random_device entropy;
        for (const auto& r : reactors_)
            contexts_.push_back(std::make_unique<actors::reactor_context>(
                *r, node_, std::uint64_t{entropy()} << 32 | entropy()));
        if (std::ranges::any_of(snapshot_->consumers,
                                [](const auto& c) { return c.basic.has_value(); }))
            node_.passwords = std::make_unique<actors::password_checker>();
        metrics_.set_build_version(version);
        for (const auto& warning : node_.auth_methods.warnings)
            observe::log(log_level::warn, "{}", warning);
        store_.observe(metrics_);
        observe_node();
        try {
            open_listeners();
            cluster_.emplace(*reactors_.front(), node_, version);
            node_.cluster = cluster_->node();
        } catch (...) {
            close_listeners();
            throw;
        }
        spawn_actors(std::move(version), more);
    }

    ~impl() { end_actors(); }

    int run() {
        run_on(0, [this] {
            signals_.emplace(reactors_.front()->io(), SIGTERM, SIGINT, SIGUSR1);
            signals_->add(SIGHUP);
            wait_for_signal();
            admin_listener_->start();
        });
        for (auto& l : listeners_) run_on(l.reactor, [&l] { l.socket->start(); });
        announce();
        const ending result = done_.get_future().get();
        run_on(0, [this] { signals_.reset(); });
        if (result == ending::fault) return 1;
        observe::log(log_level::info, "stopped{}",
                     result == ending::clean ? "" : ": exchanges in flight were cut off");
        return 0;
    }

private:
    enum class ending : unsigned char { clean, cut_off, fault };
    static constexpr std::uint32_t most_admin_connections = 256;

    struct entrance {
        unsigned reactor;
        std::unique_ptr<net::listener> socket;
    };

    static net::runtime_config& prepared(net::runtime_config& config,
                                         const config::snapshot& snapshot) {
        if (snapshot.cluster) cluster::node::prepare(config);
        return config;
    }

    template <class F>
    void run_on(unsigned reactor, F f) {
        net::on_reactor(*reactors_[reactor], std::move(f));
    }

    void observe_node() {
        metrics_.on_scrape_targets([this] {
            std::vector<observe::target_state> states;
            const auto now = net::clock::now();
            for (const auto& service : node_.targets) {
                const auto set = service->current();
                for (std::size_t i = 0; set && i < set->targets.size(); ++i) {
                    const auto health = set->health.look(i, now);
                    states.push_back({service->settings().name, set->targets[i].text,
                                      health.healthy, health.ejected, set->in_flight[i].load()});
                }
            }
            return states;
        });
        if (const auto& sources = node_.auth_methods.key_sources; !sources.empty())
            metrics_.add_gauge_source(
                "thalamus_jwks_age_seconds",
                "Time since an issuer's keys were fetched, by this node or another.", "url",
                [this, &sources] {
                    observe::metrics::labelled_values ages;
                    for (std::size_t i = 0; i < sources.size(); ++i) {
                        const auto fetched = node_.keys_fetched[i].load(std::memory_order_relaxed);
                        if (fetched == decltype(fetched){}) continue;
                        const std::chrono::duration<double> age =
                            std::chrono::system_clock::now() - fetched;
                        ages.emplace_back(sources[i].text, age.count());
                    }
                    return ages;
                });
        metrics_.add_counter_source("thalamus_access_log_dropped_total",
                                    "Access log lines lost to a full buffer or a failed write.",
                                    [this] { return static_cast<double>(access_log_.dropped()); });
    }

    void open_listeners() {
        for (const auto& settings : snapshot_->listen) {
            auto address = net::to_address(settings.bind);
            for (unsigned r = 0; r < reactors_.size(); ++r) {
                auto& context = *contexts_[r];
                auto socket =
                    open_listener(r, address, r == 0, [&context](int fd) { accept(context, fd); });
                address = socket->address(); // port 0: the other reactors share the chosen port
                listeners_.push_back({r, std::move(socket)});
            }
        }
        admin_listener_ = open_listener(0, net::to_address(snapshot_->admin.bind), true,
                                        [this](int fd) { accept_admin(fd); });
        node_.open_listeners = static_cast<std::uint32_t>(listeners_.size());
    }

    std::unique_ptr<net::listener> open_listener(unsigned r, const net::tcp_endpoint& address,
                                                 bool first,
                                                 net::listener::accept_handler on_accept) {
        try {
            if (first) check_unused(address);
            return std::make_unique<net::listener>(
                *reactors_[r], address, std::move(on_accept),
                [&context = *contexts_[r]](int error) {
                    context.metrics.add(observe::counter::accept_failures);
                    observe::log_limited(accept_log, log_level::error,
                                         "cannot accept a connection: {}; clients wait",
                                         std::system_category().message(error));
                });
        } catch (const std::system_error& e) {
            throw net::cannot_listen(address, e);
        }
    }

    static void accept(actors::reactor_context& context, int fd) {
        actors::counter_guard place(context.node.connections);
        if (place.number() > context.node.plan.snapshot().limits.connections) {
            context.metrics.add(observe::counter::client_connections_refused);
            refuse_connection(fd);
            return;
        }
        context.metrics.add(observe::counter::client_connections_accepted);
        net::spawn_on<actors::connection_actor>(context.home, context, fd,
                                                actors::exchange::origin::client, context.router,
                                                std::move(place));
    }

    void accept_admin(int fd) {
        actors::counter_guard place(node_.admin_connections);
        if (place.number() > most_admin_connections) refuse_connection(fd);
        else
            net::spawn_on<actors::connection_actor>(*reactors_.front(), *contexts_.front(), fd,
                                                    actors::exchange::origin::admin,
                                                    contexts_.front()->admin, std::move(place));
    }

    void spawn_actors(std::string version, const make_admin_calls& more) {
        limit_mode_coordinator_ =
            net::spawn_on<actors::limit_mode_coordinator>(*reactors_.front(), *contexts_.front());
        node_.limit_mode_coordinator = limit_mode_coordinator_;
        for (auto& context : contexts_)
            run_on(context->home.index(), [&] { store_.open(*context); });
        jwks_manager_ = net::spawn_on<actors::jwks_manager>(*reactors_.front(), *contexts_.front());
        node_.jwks_manager = jwks_manager_;
        credential_store_ =
            net::spawn_on<actors::credential_store>(*reactors_.front(), *contexts_.front());
        node_.credential_store = credential_store_;
        for (auto& context : contexts_)
            supervisors_.push_back(
                net::spawn_on<actors::supervisor_actor>(context->home, *context));
        target_monitor_ = net::spawn_on<actors::target_monitor>(*reactors_.front(),
                                                                *contexts_.front(), supervisors_);
        actors::admin_services services;
        services.version = std::move(version);
        services.drain = [this] { drain(false); };
        if (more) services.more = more(contexts_);
        admin_ = net::spawn_on<actors::admin_actor>(*reactors_.front(), *contexts_.front(),
                                                    std::move(services));
        contexts_.front()->admin = admin_;
        for (const auto& actor : supervisors_) stop_if_it_ends(actor, "a supervisor");
        stop_if_it_ends(target_monitor_, "the target monitor");
        stop_if_it_ends(limit_mode_coordinator_, "the limit mode coordinator");
        stop_if_it_ends(jwks_manager_, "the JWKS manager");
        stop_if_it_ends(credential_store_, "the credential store");
        if (node_.cluster) stop_if_it_ends(node_.cluster->actor(), "the cluster actor");
        stop_if_it_ends(admin_, "the admin actor");
    }

    /// No supervisor replaces these actors, and without them the node would work only in part. So
    /// the process exits, for its service manager to start a new one.
    void stop_if_it_ends(const caf::actor& actor, const char* name) {
        caf::actor_cast<caf::abstract_actor*>(actor)->attach_functor(
            [this, name](const caf::error& reason) {
                if (reason == caf::exit_reason::user_shutdown) return;
                observe::log(log_level::error, "{} ended ({}): stopping the node", name,
                             system_.render(reason));
                reactors_.front()->post([this] { finish(ending::fault); });
            });
    }

    void announce() {
        for (const auto& l : listeners_)
            if (l.reactor == 0)
                observe::log(log_level::info, "listening on {}", net::to_text(l.socket->address()));
        observe::log(
            log_level::info,
            "node {}: {} routes, {} services, {} reactors; admin port {}; configuration {}",
            snapshot_->node.name, snapshot_->routes.size(), snapshot_->services.size(),
            reactors_.size(), net::to_text(admin_listener_->address()), snapshot_->version);
    }

    void wait_for_signal() {
        signals_->async_wait([this](const boost::system::error_code& error, int signal) {
            if (error || !signals_) return;
            reactors_.front()->in_turn([&] {
                if (signal == SIGUSR1) access_log_.reopen();
                else if (signal == SIGHUP)
                    observe::log(
                        log_level::warn,
                        "SIGHUP ignored: reload is not supported yet; restart to apply changes");
                else if (leaving_) finish(ending::cut_off);
                else drain(true);
            });
            wait_for_signal();
        });
    }

    // On the first reactor.
    void drain(bool leave) {
        leaving_ = leaving_ || leave;
        if (drain_) {
            if (leave) drain_->leave();
            return;
        }
        observe::log(log_level::info, "draining: {} exchanges in flight",
                     node_.exchanges.load(std::memory_order_relaxed));
        app::drain::steps steps;
        steps.tell_connections = [this] { each_connection([](auto& c) { c.drain(); }); };
        steps.close_listeners = [this] { each_listener_closes(); };
        steps.close_idle = [this] { each_connection([](auto& c) { c.close_if_idle(); }); };
        steps.done = [this](bool clean) { finish(clean ? ending::clean : ending::cut_off); };
        drain_.emplace(*reactors_.front(), node_, snapshot_->timeouts.drain, std::move(steps));
        if (leave) drain_->leave();
    }

    template <class F>
    void each_connection(F f) {
        for (auto& context : contexts_)
            context->home.post([&c = *context, f] {
                for (auto it = c.connections.begin(); it != c.connections.end();)
                    f(*it++); // may destroy the connection
            });
    }
    void each_listener_closes() {
        for (auto& l : listeners_)
            reactors_[l.reactor]->post([this, &socket = *l.socket] {
                socket.finish();
                node_.open_listeners.fetch_sub(1, std::memory_order_relaxed);
            });
    }

    // On the first reactor.
    void finish(ending result) {
        if (finished_) return;
        finished_ = true;
        done_.set_value(result);
    }

    void close_listeners() {
        for (auto& l : listeners_) run_on(l.reactor, [&l] { l.socket.reset(); });
        listeners_.clear();
        if (admin_listener_) run_on(0, [this] { admin_listener_.reset(); });
    }

    // Every actor must end before the actor system is destroyed, and every socket and timer before
    // its reactor.
    void end_actors() {
        if (cluster_) cluster_->leave();
        close_listeners();
        run_on(0, [this] { drain_.reset(); });
        for (unsigned r = 0; r < contexts_.size(); ++r)
            run_on(r, [&c = *contexts_[r]] {
                c.ending = true;
                for (auto& connection : c.connections)
                    caf::anon_send_exit(connection.handle(), caf::exit_reason::user_shutdown);
            });
        for (const auto& actor : supervisors_)
            caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
        for (const auto& actor :
             {target_monitor_, limit_mode_coordinator_, jwks_manager_, credential_store_, admin_})
            caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
        for (unsigned r = 0; r < contexts_.size(); ++r)
            run_on(r, [&c = *contexts_[r]] {
                c.quota_reconciliation->stop(); // first: destroying the store fails its charges
                c.store.reset();
            });
    }

    config::snapshot_ptr snapshot_;
    routing::gateway_plan plan_;
    observe::access_log access_log_;
    observe::metrics metrics_;
    actors::node_context node_;
    std::vector<std::unique_ptr<actors::reactor_context>> contexts_;
    // Used until the last actor has ended: the page of metrics may be under way until then.
    std::optional<node_cluster> cluster_;
    node_store store_;
    net::runtime_config runtime_;
    caf::actor_system system_;
    const std::vector<std::unique_ptr<net::reactor>>& reactors_;
    std::vector<entrance> listeners_;
    std::unique_ptr<net::listener> admin_listener_;
    std::vector<caf::actor> supervisors_;
    caf::actor target_monitor_, limit_mode_coordinator_, jwks_manager_, credential_store_, admin_;
    std::optional<app::drain> drain_;
    std::optional<boost::asio::signal_set> signals_; // on the first reactor
    std::promise<ending> done_;
    bool leaving_ = false, finished_ = false;
};

gateway::gateway(config::snapshot_ptr snapshot, std::string program_version,
                 const make_admin_calls& more_calls)
    : impl_(std::make_unique<impl>(std::move(snapshot), std::move(program_version), more_calls)) {}
gateway::~gateway() = default;
int gateway::run() { return impl_->run(); }

} // namespace thalamus::app
