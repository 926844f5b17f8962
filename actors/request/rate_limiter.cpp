#include "actors/request/rate_limiter.hpp"

#include "actors/request/dispatch.hpp"
#include "actors/request/waiting_request.hpp"
#include "http/limit_fields.hpp"
#include "policies/limits/limit_key.hpp"

namespace thalamus::actors {

using observe::limit_decision;

/// A request that waits for a reply from the store.
class rate_limiter_actor::pending final : public limits::admission,
                                          public waiting_request,
                                          public base::list_hook<> {
public:
    pending(rate_limiter_actor& of, exchange_ptr exchange, steps needed)
        : limits::admission(of.limiter_, std::move(needed)),
          waiting_request(std::move(exchange)),
          owner_(of) {}

private:
    void decided(const verdict& how) override {
        const auto ex = take_exchange();
        owner_.conclude(ex, how, needed());
        delete this;
    }

    rate_limiter_actor& owner_;
};

rate_limiter_actor::rate_limiter_actor(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context),
      permit_source_(context, *this),
      limiter_(context.node.limits, permit_source_, context.node.key_hash) {
    permit_source_.serve(limiter_, [this] { sweep_in_time(); });
}

rate_limiter_actor::~rate_limiter_actor() = default;

caf::behavior rate_limiter_actor::make_behavior() {
    sweep_timer_.emplace(context_.home.timers(), base::bind<&rate_limiter_actor::sweep>(this));
    set_down_handler([this](caf::down_msg& down) {
        permit_source_.lost(caf::actor_cast<caf::actor_addr>(down.source));
    });
    return {
        [this](const exchange_ptr& exchange) {
            if (exchange->decided()) return;
            admit(exchange);
        },
        [this](const delegate_request& what) {
            permit_source_.delegate(what, caf::actor_cast<caf::actor>(current_sender()));
        },
        [this](const delegated_permits& what) { permit_source_.lent(what); },
        [this](const returned_permits& what) { permit_source_.returned(what); },
        [this](const limit_mode_changed& now) { permit_source_.change(now); },
    };
}

void rate_limiter_actor::on_exit() {
    while (!pending_.empty()) delete &pending_.front(); // dropping the exchange_ptr sends 503
    limiter_.give_up_all();
    permit_source_.stop();
    sweep_timer_.reset();
}

bool rate_limiter_actor::collect_steps(exchange& ex) {
    const auto& limits = context_.node.plan.snapshot().rate_limits;
    steps_.clear();
    for (const auto index : ex.route->settings->rate_limits) {
        const auto& settings = limits[index];
        key_.clear();
        const auto made = limits::append_limit_key(
            settings,
            {ex.client.ip, ex.route->settings->id, ex.head().fields,
             ex.principal ? std::string_view(ex.principal->id) : std::string_view(),
             ex.principal.get()},
            key_);
        if (made.type == limits::limit_key::kind::skip) continue;
        if (made.type == limits::limit_key::kind::reject) {
            ex.reason_buffer = "rate limit " + settings.name + ": the request lacks its key";
            ex.fail(400, ex.reason_buffer);
            return false;
        }
        steps_.push_back({&limiter_.find(index, key_), settings.dry_run});
    }
    return true;
}

void rate_limiter_actor::admit(const exchange_ptr& exchange) {
    if (!collect_steps(*exchange)) return;
    const auto known = limiter_.try_all(steps_, context_.home.refresh_now());
    if (known.result != limits::limiter::verdict::outcome::wait) {
        conclude(exchange, known, steps_);
        return;
    }
    auto* waiting = new pending(*this, exchange, steps_);
    pending_.push_back(*waiting);
    waiting->begin(context_.home.refresh_now());
}

/// The policy of the limits that counted the request; `on_missing_key: skip` leaves some out.
std::string_view rate_limiter_actor::policy_of(exchange& ex,
                                               std::span<const limits::limiter::step> steps) const {
    if (steps.size() == ex.route->settings->rate_limits.size()) return ex.route->limit_policy;
    ex.limit_policy.clear();
    for (const auto& step : steps)
        routing::append_policy_of(context_.node.plan.snapshot().rate_limits[step.key->rule_index],
                                  ex.limit_policy);
    return ex.limit_policy;
}

void rate_limiter_actor::conclude(const exchange_ptr& exchange, const verdict& how,
                                  std::span<const limits::limiter::step> steps) {
    auto& ex = *exchange;
    const auto& limits = context_.node.plan.snapshot().rate_limits;
    const auto now = context_.home.now();
    for (const auto& step : steps) {
        const auto index = step.key->rule_index;
        auto decision = limit_decision::granted;
        if (step.dry_run && step.over) decision = limit_decision::would_refuse;
        else if (how.result != limits::limiter::verdict::outcome::granted &&
                 step.key != how.decided_by)
            continue;
        else if (how.result == limits::limiter::verdict::outcome::refused)
            decision = limit_decision::refused;
        else if (how.result == limits::limiter::verdict::outcome::closed)
            decision = limit_decision::unavailable;
        context_.metrics.add(index, decision);
    }
    ex.limit_state.clear();
    for (const auto& step : steps) {
        if (step.dry_run) continue;
        const auto figures = step.key->held.look_at(now);
        if (!figures) continue;
        http::append_limit_state(
            limits[step.key->rule_index].name, static_cast<std::uint64_t>(figures->remaining),
            static_cast<std::uint64_t>(figures->reset.count()), ex.limit_state);
    }
    if (how.result != limits::limiter::verdict::outcome::closed)
        ex.limits = {policy_of(ex, steps), ex.limit_state};
    if (how.result == limits::limiter::verdict::outcome::granted) {
        if (const auto* next = dispatch(ex)) caf::anon_send(*next, exchange);
        return;
    }
    const auto& name = limits[how.decided_by->rule_index].name;
    if (how.result == limits::limiter::verdict::outcome::closed) {
        ex.reason_buffer = "rate limit " + name + " cannot be checked";
        ex.fail(503, ex.reason_buffer);
        return;
    }
    ex.reason_buffer = "rate limit " + name + " exceeded";
    ex.fail_for(how.decided_by->held.retry_after(now), 429, ex.reason_buffer);
}

void rate_limiter_actor::sweep() {
    sweep_at_ = net::time_point::max();
    limiter_.sweep(context_.home.now());
    sweep_in_time();
}

void rate_limiter_actor::sweep_in_time() {
    const auto at = limiter_.next_sweep();
    if (at >= sweep_at_) return;
    sweep_at_ = at;
    sweep_timer_->arm(at);
}

} // namespace thalamus::actors
