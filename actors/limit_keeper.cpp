#include "actors/limit_keeper.hpp"

#include "observe/program_log.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
/// So long a store that was not reached yet counts as not looked for.
constexpr std::chrono::seconds first_connect{1};
} // namespace

limit_keeper_actor::limit_keeper_actor(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context),
      has_store_(context.node.limiters.size(), false),
      settled_(has_store_) {}

caf::behavior limit_keeper_actor::make_behavior() {
    timer_.emplace(
        context_.home.timers(),
        [](void* self) { static_cast<limit_keeper_actor*>(self)->update(); }, this);
    decide_from_ = context_.home.now() + first_connect;
    timer_->arm(decide_from_);
    return {
        [this](const limiter_started& of) {
            anon_send(of.who, standing_now{standing_.current(), number_});
        },
        [this](const limiter_store& of) {
            has_store_[of.reactor] = of.available;
            update();
        },
        [this](const limiter_settled& of) { settled(of); },
    };
}

void limit_keeper_actor::update() {
    limits::standing::knowledge known;
    known.has_store = std::ranges::all_of(has_store_, [](bool has) { return has; });
    if (!known.has_store && !context_.node.store_known) {
        if (context_.home.now() < decide_from_) return;
        observe::log(observe::log_level::warn,
                     "the store is not in reach; the node serves without it");
    }
    context_.node.store_known = true;
    const auto before = standing_.current();
    const bool same = standing_.update(known, context_.home.now()) == before;
    if (const auto again = standing_.look_again(); again == net::time_point::max())
        timer_->disarm();
    else timer_->arm(again);
    if (same) return;
    using mode = limits::standing::mode;
    const auto how = standing_.current().how;
    observe::log(how == mode::store ? observe::log_level::info : observe::log_level::warn,
                 "rate limits: {}{}", to_text(how), standing_.current().peer);
    ++number_;
    settled_.assign(settled_.size(), false);
    tell_all();
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
