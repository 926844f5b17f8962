#include "actors/request/authenticator.hpp"

#include "actors/identity/credential_store.hpp"
#include "actors/identity/jwks_messages.hpp"
#include "actors/identity/password_checker.hpp"
#include "actors/request/dispatch.hpp"
#include "actors/request/waiting_request.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
using observe::auth_decision;
} // namespace

/// A request that waits for a lookup.
class authenticator_actor::pending final : public waiting_request, public base::list_hook<> {
public:
    pending(authenticator_actor& of, exchange_ptr exchange, findings found)
        : waiting_request(std::move(exchange)),
          owner_(of),
          found_(std::move(found)) {}
    void wait_for_keys_of(std::size_t auth_method) { method_ = auth_method; }
    /// Returns true if a result will come.
    bool ask(std::size_t auth_method, const auto& what) {
        asked_ = owner_.lookups_->ask(auth_method, what, waiting(),
                                      [this](const auth::lookup_result& found) {
                                          add(found);
                                          owner_.resume(*this);
                                      });
        if (!asked_)
            add({auth_method, auth::lookup_result::outcome::unavailable, nullptr,
                 auth::reason::not_askable});
        return asked_ != nullptr;
    }
    void looked_up(jwks_refreshed::outcome how) {
        using outcome = jwks_refreshed::outcome;
        using found = auth::lookup_result::outcome;
        if (how == outcome::looked) add({method_, found::looked_up, nullptr});
        if (how == outcome::unreachable)
            add({method_, found::unavailable, nullptr, auth::reason::no_keys});
    }

    void check(std::size_t auth_method, auth::password_lookup question) {
        const auto name = question.name;
        auto& context = owner_.context_;
        lookup_ = context.node.passwords->ask(
            context.home, std::move(question), context.home.now() + waiting().time_left(),
            [this, auth_method, name](const password_result& what) {
                checked(auth_method, name, what);
            });
        if (lookup_) return;
        add({auth_method, auth::lookup_result::outcome::unavailable, nullptr,
             auth::reason::too_many_passwords});
        resume();
    }

    void resume() {
        const auto ex = take_exchange();
        auto found = std::move(found_);
        auto& owner = owner_;
        delete this;
        owner.decide(ex, std::move(found));
    }

private:
    void add(auth::lookup_result what) { found_.push_back(std::move(what)); }
    void checked(std::size_t auth_method, const auth::password_name& name,
                 const password_result& what) {
        using outcome = password_result::outcome;
        using found = auth::lookup_result::outcome;
        using auth::reason;
        switch (what.what) {
        case outcome::right:
            owner_.authenticator_.remember(name, what.who, std::chrono::system_clock::now());
            add({auth_method, found::passed, what.who});
            break;
        case outcome::wrong:
            add({auth_method, found::refused, nullptr, reason::wrong_password});
            break;
        default: add({auth_method, found::unavailable, nullptr, reason::password_unchecked});
        }
        resume();
    }

    authenticator_actor& owner_;
    findings found_;
    std::size_t method_ = 0; // the auth method whose keys the request waits for
    std::unique_ptr<password_checker::lookup> lookup_;
    std::unique_ptr<auth_lookup> asked_;
};

authenticator_actor::authenticator_actor(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context),
      authenticator_(context.node.auth_methods, context.node.credential_state),
      lookups_(std::in_place, context, authenticator_),
      issuers_(context.node.auth_methods.key_sources.size()) {}

authenticator_actor::~authenticator_actor() = default;

caf::behavior authenticator_actor::make_behavior() {
    for (const auto& source : {context_.node.jwks_manager, context_.node.credential_store})
        caf::anon_send(source, authenticator_started{caf::actor_cast<caf::actor>(this)});
    return {
        [this](const exchange_ptr& exchange) {
            if (exchange->decided()) return;
            if (context_.node.credential_state.known.load(std::memory_order_relaxed))
                decide(exchange, {});
            else early_.push_back(*new pending(*this, exchange, {}));
        },
        [this](access_known) { resume(early_); },
        [this](const keys_now& what) { authenticator_.set_keys(what.source, what.keys); },
        [this](const jwks_refreshed& what) {
            auto& issuer = issuers_[what.source];
            issuer.asked = false;
            for (auto& each : issuer.waiting) each.looked_up(what.what);
            resume(issuer.waiting);
        },
        [this](resume_waiting) { resume_some(); },
    };
}

void authenticator_actor::on_exit() {
    const auto drop = [](base::intrusive_list<pending>& which) {
        while (!which.empty()) delete &which.front(); // dropping the exchange_ptr sends 503
    };
    drop(early_);
    drop(resuming_);
    drop(asking_);
    for (auto& each : issuers_) drop(each.waiting);
    lookups_.reset(); // here, because the actor may be destroyed on another thread
}

void authenticator_actor::decide(const exchange_ptr& exchange, findings found) {
    auto& ex = *exchange;
    auto verdict = authenticator_.decide(*ex.route->settings, ex.client, ex.head().fields,
                                         ex.uri.query, std::chrono::system_clock::now(), found);
    if (auto* what = std::get_if<auth::lookup>(&verdict))
        ask(exchange, std::move(*what), std::move(found));
    else conclude(exchange, std::get<auth::decision>(std::move(verdict)));
}

void authenticator_actor::ask(const exchange_ptr& exchange, auth::lookup&& what, findings found) {
    auto& waiting = *new pending(*this, exchange, std::move(found));
    if (std::holds_alternative<auth::keys_lookup>(what.details)) {
        const auto source =
            *std::get<auth::jwt_method>(context_.node.auth_methods.all[what.auth_method].method)
                 .source;
        waiting.wait_for_keys_of(what.auth_method);
        issuers_[source].waiting.push_back(waiting);
        return look_for_keys(source);
    }
    asking_.push_back(waiting);
    if (auto* password = std::get_if<auth::password_lookup>(&what.details))
        return waiting.check(what.auth_method, std::move(*password));
    bool asked = false;
    if (const auto* token = std::get_if<auth::token_lookup>(&what.details))
        asked = waiting.ask(what.auth_method, *token);
    else asked = waiting.ask(what.auth_method, std::get<auth::external_auth_lookup>(what.details));
    if (!asked) resume(waiting);
}

void authenticator_actor::look_for_keys(std::size_t source) {
    if (std::exchange(issuers_[source].asked, true)) return;
    caf::anon_send(context_.node.jwks_manager, jwks_refresh{source, authenticator_.keys(source),
                                                            caf::actor_cast<caf::actor>(this)});
}

void authenticator_actor::resume(base::intrusive_list<pending>& which) {
    while (!which.empty()) resume(which.front());
}

void authenticator_actor::resume(pending& one) {
    one.unlink();
    if (resuming_.empty()) caf::anon_send(caf::actor_cast<caf::actor>(this), resume_waiting{});
    resuming_.push_back(one);
}

// Each may need a signature check: thousands in one turn would block the reactor.
void authenticator_actor::resume_some() {
    constexpr int at_once = 16;
    for (int i = 0; i < at_once && !resuming_.empty(); ++i) resuming_.front().resume();
    if (!resuming_.empty()) caf::anon_send(caf::actor_cast<caf::actor>(this), resume_waiting{});
}

void authenticator_actor::conclude(const exchange_ptr& exchange, auth::decision&& how) {
    auto& ex = *exchange;
    count(ex, how);
    ex.principal = std::move(how.principal);
    if (!how.may_pass()) return refuse(ex, how);
    if (how.auth_method != auth::decision::none) copy_fields(ex, how.auth_method);
    if (const auto* next = after_authentication(ex)) caf::anon_send(*next, exchange);
}

// The identity fields from the external auth service replace the client's.
void authenticator_actor::copy_fields(exchange& ex, std::size_t auth_method) const {
    const auto* external_auth =
        std::get_if<auth::forward_method>(&context_.node.auth_methods.all[auth_method].method);
    if (!external_auth) return;
    auto& fields = ex.stream().fields();
    for (const auto& name : external_auth->settings.copy)
        fields.erase(std::remove_if(fields.begin(), fields.end(),
                                    [&](const auto& f) { return http::iequals(f.name, name); }),
                     fields.end());
    for (const auto& [name, value] : ex.principal->copied)
        fields.push_back({http::to_field_id(name), name, value, true});
}

void authenticator_actor::refuse(exchange& ex, const auth::decision& why) const {
    if (why.result == auth::decision::outcome::unavailable)
        return ex.fail(503, to_text(why.reason));
    std::vector<http::own_field> fields;
    if (why.external_auth)
        for (const auto& cookie : why.external_auth->cookies)
            fields.push_back({"Set-Cookie", cookie});
    if (why.external_auth &&
        why.external_auth->result == auth::external_auth_response::outcome::elsewhere) {
        fields.push_back({"Location", why.external_auth->location});
        fields.push_back({"Cache-Control", "no-store"});
        ex.facts.reason = to_text(why.reason);
        return ex.respond(why.external_auth->status, fields, {});
    }
    const auto values = auth::challenges(context_.node.auth_methods, *ex.route->settings, why);
    const bool forbidden = why.result == auth::decision::outcome::forbidden;
    // A 403 has a challenge only if the token lacks a scope. A client that was rejected by its
    // address, for example, cannot send a better credential.
    if (!forbidden || why.lacks == auth::unmet::scope)
        for (const auto& value : values) fields.push_back({"WWW-Authenticate", value});
    ex.fail(forbidden ? 403 : 401, to_text(why.reason), {}, fields);
}

void authenticator_actor::count(const exchange& ex, const auth::decision& what) const {
    constexpr auth_decision names[] = {auth_decision::passed,    auth_decision::anonymous,
                                       auth_decision::missing,   auth_decision::refused,
                                       auth_decision::forbidden, auth_decision::unavailable};
    // Without a credential no auth method has decided: count the request for the route's first
    // method.
    const auto& auth_methods = ex.route->settings->auth;
    const auto auth_method = what.auth_method != auth::decision::none ? what.auth_method
                             : auth_methods.empty()                   ? observe::no_index
                                                                      : auth_methods.front();
    if (what.remembered) context_.metrics.add(observe::counter::token_cache_hits);
    context_.metrics.add(auth_method, names[static_cast<std::size_t>(what.result)]);
    if (!what.may_pass())
        context_.metrics.add_refusal(auth_method, static_cast<std::size_t>(what.reason));
}

} // namespace thalamus::actors
