#include "actors/limits/limit_mode_coordinator.hpp"

#include "actors/limits/remote_ledger.hpp"
#include "observe/program_log.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
/// So long a store that was not reached yet counts as not looked for.
constexpr std::chrono::seconds first_connect{1};

/// Many times what a message to another node takes.
std::chrono::milliseconds hold_off(const node_context& node) {
    const auto& snapshot = node.plan.snapshot();
    if (!node.cluster || !snapshot.store.redis) return std::chrono::milliseconds(0);
    return snapshot.cluster->heartbeat / 4;
}
} // namespace

limit_keeper_actor::limit_keeper_actor(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context),
      standing_(hold_off(context.node)),
      has_store_(context.node.limiters.size(), false),
      settled_(has_store_) {}

caf::behavior limit_keeper_actor::make_behavior() {
    timer_.emplace(
        context_.home.timers(),
        [](void* self) { static_cast<limit_keeper_actor*>(self)->update(); }, this);
    decide_from_ = context_.home.now() + first_connect;
    timer_->arm(decide_from_);
    if (context_.node.cluster) join_cluster();
    return {
        [this](const limiter_started& of) {
            anon_send(of.who, standing_now{standing_.current(), number_});
        },
        [this](const limiter_store& of) {
            has_store_[of.reactor] = of.available;
            update();
        },
        [this](const limiter_settled& of) { settled(of); },
        [this](const cluster::view_changed&) { update(); },
    };
}

void limit_keeper_actor::on_exit() {
    *alive_ = false;
    timer_.reset();
}

void limit_keeper_actor::join_cluster() {
    auto& cluster = *context_.node.cluster;
    const auto& settings = *context_.node.plan.snapshot().cluster;
    alone_until_ = context_.home.now() + 2 * settings.dead_after;
    cluster.subscribe(caf::actor_cast<caf::actor>(this));
    cluster.answer(
        limit_question_kind,
        answer_limit_questions(context_.node.limits,
                               [this, alive = alive_](limit_question::call what) -> store::ledger* {
                                   if (!*alive || !has_store()) return nullptr;
                                   // What is charged or given back is right at any time.
                                   const bool takes = what == limit_question::call::take;
                                   const auto how = standing_.current().how;
                                   if (takes && how != limits::standing::mode::store)
                                       return nullptr;
                                   return context_.store.get();
                               }));
}

bool limit_keeper_actor::has_store() const {
    return std::ranges::all_of(has_store_, [](bool has) { return has; });
}

limits::standing::knowledge limit_keeper_actor::what_is_known() {
    limits::standing::knowledge known;
    known.has_store = has_store();
    if (!context_.node.cluster) return known;
    const auto view = context_.node.cluster->current();
    const auto now = context_.home.refresh_now();
    if (view->known() > 1) met_ = std::min(met_, now);
    known.clustered = true;
    known.settled_in =
        met_ == net::time_point::max() ? now >= alone_until_ : now >= met_ + settling_in();
    known.majority = view->majority();
    known.place = {static_cast<unsigned>(view->rank), static_cast<unsigned>(view->known())};
    for (const auto& m : view->members)
        if (m.state == cluster::member_state::alive && m.name != view->self)
            known.alive.push_back(
                {m.name, m.status.store == cluster::store_state::ok, m.status.sharing});
    return known;
}

/// Until the others count a newcomer among those that share.
std::chrono::milliseconds limit_keeper_actor::settling_in() const {
    return context_.node.plan.snapshot().cluster->suspect_after;
}

void limit_keeper_actor::update() {
    const auto now = context_.home.refresh_now(); // the hold-off must not begin before its cause
    const auto known = what_is_known();
    if (!known.has_store && !context_.node.store_known && now < decide_from_) {
        timer_->arm(decide_from_);
        return;
    }
    const auto before = standing_.current();
    standing_.update(known, now);
    if (standing_.current().how == limits::standing::mode::store || now >= decide_from_)
        context_.node.store_known = true;
    look_again(known);
    tell_cluster();
    if (standing_.current() == before) return;
    using mode = limits::standing::mode;
    const auto how = standing_.current().how;
    observe::log(how == mode::store ? observe::log_level::info : observe::log_level::warn,
                 "rate limits: {}{}{}", to_text(how), how == mode::peer ? " " : "",
                 how == mode::peer ? standing_.current().peer : "");
    ++number_;
    settled_.assign(settled_.size(), false);
    tell_all();
}

void limit_keeper_actor::look_again(const limits::standing::knowledge& known) {
    auto at = standing_.look_again();
    if (!known.settled_in)
        at = std::min(at, met_ == net::time_point::max() ? alone_until_ : met_ + settling_in());
    if (at == net::time_point::max()) timer_->disarm();
    else timer_->arm(at);
}

void limit_keeper_actor::tell_cluster() {
    if (!context_.node.cluster) return;
    using cluster::store_state;
    const bool redis = context_.node.plan.snapshot().store.redis.has_value();
    const auto store = !redis        ? store_state::memory
                       : has_store() ? store_state::ok
                                     : store_state::down;
    const std::pair now(store, standing_.sharing());
    if (now == told_) return;
    told_ = now;
    context_.node.cluster->set_status([now](cluster::node_status& of) {
        of.store = now.first;
        of.sharing = now.second;
    });
}

void limit_keeper_actor::tell_all() {
    for (unsigned r = 0; r < context_.node.limiters.size(); ++r)
        if (const auto limiter = context_.node.limiters.get(r))
            anon_send(limiter, standing_now{standing_.current(), number_});
}

void limit_keeper_actor::settled(const limiter_settled& what) {
    if (what.number != number_) return;
    settled_[what.reactor] = true;
    if (!std::ranges::all_of(settled_, [](bool done) { return done; })) return;
    standing_.settled();
    update();
}

} // namespace thalamus::actors
