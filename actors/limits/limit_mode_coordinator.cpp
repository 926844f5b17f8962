#include "actors/limits/limit_mode_coordinator.hpp"

#include "actors/limits/remote_ledger.hpp"
#include "observe/program_log.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
/// Grace period before an unreached store counts as lost.
constexpr std::chrono::seconds first_connect{1};

/// Many times longer than a message to another node takes.
std::chrono::milliseconds hold_off(const node_context& node) {
    const auto& snapshot = node.plan.snapshot();
    if (!node.cluster || !snapshot.store.redis) return std::chrono::milliseconds(0);
    return snapshot.cluster->heartbeat / 4;
}
} // namespace

limit_mode_coordinator::limit_mode_coordinator(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context),
      limit_mode_(hold_off(context.node)),
      has_store_(context.node.limiters.size(), false),
      reconciled_(has_store_),
      limiter_started_(has_store_) {}

caf::behavior limit_mode_coordinator::make_behavior() {
    timer_.emplace(context_.home.timers(), base::bind<&limit_mode_coordinator::update>(this));
    decide_from_ = context_.home.now() + first_connect;
    timer_->arm(decide_from_);
    if (context_.node.cluster) join_cluster();
    return {
        [this](const limiter_started& limiter) {
            anon_send(limiter.actor, limit_mode_changed{limit_mode_.current(), number_});
            limiter_started_[limiter.reactor] = true;
            note_ready();
        },
        [this](const limiter_store& of) {
            has_store_[of.reactor] = of.available;
            update();
        },
        [this](const limiter_reconciled& limiter) { reconciled(limiter); },
        [this](const cluster::view_changed&) { update(); },
    };
}

void limit_mode_coordinator::on_exit() {
    lifetime_.end();
    timer_.reset();
}

void limit_mode_coordinator::join_cluster() {
    auto& cluster = *context_.node.cluster;
    const auto& settings = *context_.node.plan.snapshot().cluster;
    alone_until_ = context_.home.now() + 2 * settings.dead_after;
    cluster.subscribe(caf::actor_cast<caf::actor>(this));
    cluster.serve(
        ledger_method,
        serve_ledger_calls(context_.node.limits,
                           lifetime_.guarded([this](ledger_call::call what) -> store::ledger* {
                               if (!has_store()) return nullptr;
                               // Charges and returned permits are correct at any time.
                               const bool takes = what == ledger_call::call::take;
                               const auto how = limit_mode_.current().mode;
                               if (takes && how != limits::limit_mode::mode::store) return nullptr;
                               return context_.store.get();
                           })));
}

bool limit_mode_coordinator::has_store() const {
    return std::ranges::all_of(has_store_, [](bool has) { return has; });
}

limits::limit_mode::knowledge limit_mode_coordinator::what_is_known() {
    limits::limit_mode::knowledge known;
    known.has_store = has_store();
    if (!context_.node.cluster) return known;
    const auto view = context_.node.cluster->current();
    const auto now = context_.home.refresh_now();
    if (view->known() > 1) met_ = std::min(met_, now);
    known.clustered = true;
    known.introduced =
        met_ == net::time_point::max() ? now >= alone_until_ : now >= met_ + introduction();
    known.majority = view->majority();
    known.place = {static_cast<unsigned>(view->rank), static_cast<unsigned>(view->known())};
    for (const auto& m : view->members)
        if (m.state == cluster::member_state::alive && m.name != view->self)
            known.alive.push_back(
                {m.name, m.status.store == cluster::store_state::ok, m.status.sharing});
    return known;
}

/// The time after which the other nodes count a new node among those that use the fallback quota.
std::chrono::milliseconds limit_mode_coordinator::introduction() const {
    return context_.node.plan.snapshot().cluster->suspect_after;
}

void limit_mode_coordinator::update() {
    const auto now = context_.home.refresh_now(); // the hold-off must not begin before its cause
    const auto known = what_is_known();
    if (!known.has_store && !decided_ && now < decide_from_) {
        timer_->arm(decide_from_);
        return;
    }
    const auto before = limit_mode_.current();
    limit_mode_.update(known, now);
    if (limit_mode_.current().mode == limits::limit_mode::mode::store || now >= decide_from_)
        decided_ = true;
    look_again(known);
    tell_cluster();
    if (limit_mode_.current() != before) announce_mode();
    note_ready();
}

void limit_mode_coordinator::announce_mode() {
    using mode = limits::limit_mode::mode;
    const auto how = limit_mode_.current().mode;
    observe::log(how == mode::store ? observe::log_level::info : observe::log_level::warn,
                 "rate limits: {}{}{}", to_text(how), how == mode::peer ? " " : "",
                 how == mode::peer ? limit_mode_.current().peer : "");
    ++number_;
    reconciled_.assign(reconciled_.size(), false);
    for (unsigned r = 0; r < context_.node.limiters.size(); ++r)
        if (const auto limiter = context_.node.limiters.get(r))
            anon_send(limiter, limit_mode_changed{limit_mode_.current(), number_});
}

/// After the messages to the limiters: they must have the mode before the first request comes.
void limit_mode_coordinator::note_ready() {
    if (decided_ && std::ranges::all_of(limiter_started_, [](bool started) { return started; }))
        context_.node.limits_ready = true;
}

void limit_mode_coordinator::look_again(const limits::limit_mode::knowledge& known) {
    auto at = limit_mode_.look_again();
    if (!known.introduced)
        at = std::min(at, met_ == net::time_point::max() ? alone_until_ : met_ + introduction());
    if (at == net::time_point::max()) timer_->disarm();
    else timer_->arm(at);
}

void limit_mode_coordinator::tell_cluster() {
    if (!context_.node.cluster) return;
    using cluster::store_state;
    const bool redis = context_.node.plan.snapshot().store.redis.has_value();
    const auto store = !redis        ? store_state::memory
                       : has_store() ? store_state::ok
                                     : store_state::down;
    const std::pair now(store, limit_mode_.has_debt());
    if (now == told_) return;
    told_ = now;
    context_.node.cluster->set_status([now](cluster::node_status& of) {
        of.store = now.first;
        of.sharing = now.second;
    });
}

void limit_mode_coordinator::reconciled(const limiter_reconciled& limiter) {
    if (limiter.number != number_) return;
    reconciled_[limiter.reactor] = true;
    if (!std::ranges::all_of(reconciled_, [](bool done) { return done; })) return;
    limit_mode_.on_reconciled();
    update();
}

} // namespace thalamus::actors
