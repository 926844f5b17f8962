#include "net/actor_runtime.hpp"

#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <thread>

namespace thalamus::net {

namespace {

/// CAF requires an actor for aout(); nothing here prints through it.
class silent_printer : public caf::event_based_actor {
public:
    using caf::event_based_actor::event_based_actor;
    caf::behavior make_behavior() override {
        return {[](caf::delete_atom, caf::actor_id) {}};
    }
};

class reactor_coordinator : public caf::scheduler::abstract_coordinator {
public:
    explicit reactor_coordinator(caf::actor_system& system)
        : caf::scheduler::abstract_coordinator(system) {}

    static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
        return new reactor_coordinator(system);
    }

    // The reactors must exist before CAF spawns its own helper actors. The threads may start later:
    // posted work waits in the io_contexts until then.
    void init(caf::actor_system_config& config) override {
        caf::scheduler::abstract_coordinator::init(config);
        const unsigned n = dynamic_cast<runtime_config&>(config).reactors;
        for (unsigned i = 0; i < n; ++i) reactors.push_back(std::make_unique<reactor>(system(), i));
        num_workers_ = n;
    }

    void start() override {
        for (auto& r : reactors) threads_.emplace_back([&r] { r->run(); });
        clock_thread_ = std::thread([this] { clock_.run_dispatch_loop(); });
        // Replaces the base's start(), which would spawn a printer on a thread of its own.
        caf::actor_config config{reactors.front().get()};
        utility_actors_[printer_id] = system().spawn_class<silent_printer, caf::hidden>(config);
    }

    void stop() override {
        stop_actors();
        for (auto& r : reactors) r->stop();
        for (auto& thread : threads_) thread.join();
        clock_.cancel_dispatch_loop();
        clock_thread_.join();
    }

    void enqueue(caf::resumable* what) override {
        reactors[next_worker_++ % reactors.size()]->exec_later(what);
    }

    bool detaches_utility_actors() const override { return false; }
    caf::actor_clock& clock() noexcept override { return clock_; }

    std::vector<std::unique_ptr<reactor>> reactors;

private:
    std::vector<std::thread> threads_;
    caf::detail::thread_safe_actor_clock clock_;
    std::thread clock_thread_;
};

} // namespace

runtime_config::runtime_config(unsigned n) : reactors(n) { load<reactor_coordinator>(); }

const std::vector<std::unique_ptr<reactor>>& reactors_of(caf::actor_system& system) {
    return static_cast<reactor_coordinator&>(system.scheduler()).reactors;
}

} // namespace thalamus::net
