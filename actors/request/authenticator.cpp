#include "actors/request/authenticator.hpp"

#include "actors/identity/credential_store.hpp"
#include "actors/identity/jwks_messages.hpp"
#include "actors/request/dispatch.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
using observe::auth_decision;
} // namespace

/// A request that waits for what must be known to decide it. Deletes itself.
class authenticator_actor::pending final : public exchange::holder, public unlinking_hook {
public:
    pending(authenticator_actor& of, baton exchange, findings found)
        : owner_(of),
          exchange_(std::move(exchange)),
          found_(std::move(found)) {
        exchange_->hold(this);
    }
    ~pending() {
        if (exchange_) exchange_->hold(nullptr);
    }
    void wait_for_keys_of(std::size_t way) { way_ = way; }
    /// True if an answer will come.
    bool ask(std::size_t way, const auto& what) {
        asked_ = owner_.inquiries_->ask(way, what, *exchange_, [this](const auth::finding& found) {
            add(found);
            owner_.resume(*this);
        });
        if (!asked_)
            add({way, auth::finding::outcome::unavailable, nullptr, auth::reason::not_askable});
        return asked_ != nullptr;
    }
    void looked_up(keys_looked_up::outcome how) {
        using outcome = keys_looked_up::outcome;
        using found = auth::finding::outcome;
        if (how == outcome::looked) add({way_, found::looked_up, nullptr});
        if (how == outcome::unreachable)
            add({way_, found::unavailable, nullptr, auth::reason::no_keys});
    }

    void check(std::size_t way, auth::password_question question) {
        const auto name = question.name;
        auto& context = owner_.context_;
        inquiry_ = context.node.passwords->ask(
            context.home, std::move(question), context.home.now() + exchange_->time_left(),
            [this, way, name](const password_answer& what) { checked(way, name, what); });
        if (inquiry_) return;
        add({way, auth::finding::outcome::unavailable, nullptr, auth::reason::too_many_passwords});
        go_on();
    }

    void go_on() {
        const baton ex = std::move(exchange_);
        ex->hold(nullptr); // whoever holds it next, it is not this one
        auto found = std::move(found_);
        auto& owner = owner_;
        delete this;
        owner.decide(ex, std::move(found));
    }

private:
    void on_stream_ready() override {}
    void on_cancelled(cause) override { delete this; }

    void add(auth::finding what) { found_.push_back(std::move(what)); }
    void checked(std::size_t way, const auth::password_name& name, const password_answer& what) {
        using outcome = password_answer::outcome;
        using found = auth::finding::outcome;
        using auth::reason;
        switch (what.what) {
        case outcome::right:
            owner_.authenticator_.remember(name, what.who, std::chrono::system_clock::now());
            add({way, found::passed, what.who});
            break;
        case outcome::wrong: add({way, found::refused, nullptr, reason::wrong_password}); break;
        default: add({way, found::unavailable, nullptr, reason::password_unchecked});
        }
        go_on();
    }

    authenticator_actor& owner_;
    baton exchange_;
    findings found_;
    std::size_t way_ = 0; // whose keys it waits for
    std::unique_ptr<password_checker::inquiry> inquiry_;
    std::unique_ptr<auth_inquiry> asked_;
};

authenticator_actor::authenticator_actor(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context),
      authenticator_(context.node.ways, context.node.access),
      inquiries_(std::in_place, context, authenticator_),
      issuers_(context.node.ways.key_sources.size()) {}

authenticator_actor::~authenticator_actor() = default;

caf::behavior authenticator_actor::make_behavior() {
    for (const auto& keeper : {context_.node.key_keeper, context_.node.access_keeper})
        caf::anon_send(keeper, authenticator_started{caf::actor_cast<caf::actor>(this)});
    return {
        [this](const baton& exchange) {
            if (exchange->decided()) return;
            if (context_.node.access.known.load(std::memory_order_relaxed)) decide(exchange, {});
            else early_.push_back(*new pending(*this, exchange, {}));
        },
        [this](access_known) { go_on(early_); },
        [this](const keys_now& what) { authenticator_.set_keys(what.source, what.keys); },
        [this](const keys_looked_up& what) {
            auto& issuer = issuers_[what.source];
            issuer.asked = false;
            for (auto& each : issuer.waiting) each.looked_up(what.what);
            go_on(issuer.waiting);
        },
        [this](resume_waiting) { resume_some(); },
    };
}

void authenticator_actor::on_exit() {
    const auto drop = [](intrusive_list<pending>& which) {
        while (!which.empty()) delete &which.front(); // its baton answers 503
    };
    drop(early_);
    drop(resuming_);
    drop(asking_);
    for (auto& each : issuers_) drop(each.waiting);
    inquiries_.reset(); // here, on its reactor: who knows where this is destroyed
}

void authenticator_actor::decide(const baton& exchange, findings found) {
    auto& ex = *exchange;
    auto verdict = authenticator_.decide(*ex.route->settings, ex.client, ex.head().fields,
                                         ex.uri.query, std::chrono::system_clock::now(), found);
    if (auto* what = std::get_if<auth::question>(&verdict))
        ask(exchange, std::move(*what), std::move(found));
    else conclude(exchange, std::get<auth::decision>(std::move(verdict)));
}

void authenticator_actor::ask(const baton& exchange, auth::question&& what, findings found) {
    auto& waiting = *new pending(*this, exchange, std::move(found));
    if (std::holds_alternative<auth::keys_question>(what.what)) {
        const auto source = *std::get<auth::jwt_way>(context_.node.ways.all[what.way].how).source;
        waiting.wait_for_keys_of(what.way);
        issuers_[source].waiting.push_back(waiting);
        return look_for_keys(source);
    }
    asking_.push_back(waiting);
    if (auto* password = std::get_if<auth::password_question>(&what.what))
        return waiting.check(what.way, std::move(*password));
    bool asked = false;
    if (const auto* token = std::get_if<auth::token_question>(&what.what))
        asked = waiting.ask(what.way, *token);
    else asked = waiting.ask(what.way, std::get<auth::outside_question>(what.what));
    if (!asked) resume(waiting);
}

void authenticator_actor::look_for_keys(std::size_t source) {
    if (std::exchange(issuers_[source].asked, true)) return;
    caf::anon_send(context_.node.key_keeper, keys_wanted{source, authenticator_.keys(source),
                                                         caf::actor_cast<caf::actor>(this)});
}

void authenticator_actor::go_on(intrusive_list<pending>& which) {
    while (!which.empty()) resume(which.front());
}

void authenticator_actor::resume(pending& one) {
    one.unlink();
    if (resuming_.empty()) caf::anon_send(caf::actor_cast<caf::actor>(this), resume_waiting{});
    resuming_.push_back(one);
}

// Each may need a signature checked: thousands at once would hold up the reactor.
void authenticator_actor::resume_some() {
    constexpr int at_once = 16;
    for (int i = 0; i < at_once && !resuming_.empty(); ++i) resuming_.front().go_on();
    if (!resuming_.empty()) caf::anon_send(caf::actor_cast<caf::actor>(this), resume_waiting{});
}

void authenticator_actor::conclude(const baton& exchange, auth::decision&& how) {
    auto& ex = *exchange;
    count(ex, how);
    ex.principal = std::move(how.who);
    if (!how.may_pass()) return refuse(ex, how);
    if (how.way != auth::decision::none) copy_fields(ex, how.way);
    if (const auto* next = after_authentication(ex)) caf::anon_send(*next, exchange);
}

// What a service outside says of who asks takes the place of what the client says.
void authenticator_actor::copy_fields(exchange& ex, std::size_t way) const {
    const auto* outside = std::get_if<auth::forward_way>(&context_.node.ways.all[way].how);
    if (!outside) return;
    auto& fields = ex.stream().fields();
    for (const auto& name : outside->settings.copy)
        fields.erase(std::remove_if(fields.begin(), fields.end(),
                                    [&](const auto& f) { return http::iequals(f.name, name); }),
                     fields.end());
    for (const auto& [name, value] : ex.principal->copied)
        fields.push_back({http::to_field_id(name), name, value, true});
}

void authenticator_actor::refuse(exchange& ex, const auth::decision& why) const {
    if (why.what == auth::decision::outcome::unavailable) return ex.fail(503, to_text(why.why));
    std::vector<http::own_field> fields;
    if (why.outside)
        for (const auto& cookie : why.outside->cookies) fields.push_back({"Set-Cookie", cookie});
    if (why.outside && why.outside->what == auth::outside_answer::outcome::elsewhere) {
        fields.push_back({"Location", why.outside->location});
        fields.push_back({"Cache-Control", "no-store"});
        ex.told.reason = to_text(why.why);
        return ex.answer(why.outside->status, fields, {});
    }
    const auto values = auth::challenges(context_.node.ways, *ex.route->settings, why);
    const bool forbidden = why.what == auth::decision::outcome::forbidden;
    // A challenge answers a credential; who is refused by address cannot bring a better one.
    if (!forbidden || why.lacks == auth::unmet::scope)
        for (const auto& value : values) fields.push_back({"WWW-Authenticate", value});
    ex.fail(forbidden ? 403 : 401, to_text(why.why), {}, fields);
}

void authenticator_actor::count(const exchange& ex, const auth::decision& what) const {
    constexpr auth_decision names[] = {auth_decision::passed,    auth_decision::anonymous,
                                       auth_decision::missing,   auth_decision::refused,
                                       auth_decision::forbidden, auth_decision::unavailable};
    // Without a credential no way has decided: the route's first one stands for it.
    const auto& ways = ex.route->settings->auth;
    const auto way = what.way != auth::decision::none ? what.way
                     : ways.empty()                   ? observe::no_index
                                                      : ways.front();
    if (what.remembered) context_.metrics.add(observe::counter::token_cache_hits);
    context_.metrics.add(way, names[static_cast<std::size_t>(what.what)]);
    if (!what.may_pass()) context_.metrics.add_refusal(way, static_cast<std::size_t>(what.why));
}

} // namespace thalamus::actors
