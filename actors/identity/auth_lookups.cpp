#include "actors/identity/auth_lookups.hpp"

#include "policies/auth/introspection.hpp"

#include <algorithm>
#include <optional>

namespace thalamus::actors {

namespace {

using found = auth::lookup_result::outcome;

constexpr std::size_t longest_introspection = 64 * 1024;
/// An external auth service may send a page for browsers; the page is dropped.
constexpr std::size_t longest_page = 256 * 1024;
/// An external auth service is called for every request, an issuer only once in a while per token.
constexpr net::http_client::settings to_service{.max_connections = 64, .max_waiting = 512};

/// The principal is anonymous; its identity is in the copied headers.
std::shared_ptr<const auth::principal> principal_of(auth::external_auth_response& response) {
    auto who = std::make_shared<auth::principal>();
    who->method = "forward";
    who->copied = std::move(response.copied);
    who->identity_lines = auth::identity_lines_of(*who);
    return who;
}

} // namespace

auth_lookups::auth_lookups(reactor_context& context, auth::authenticator& memory)
    : context_(context),
      memory_(memory) {
    for (const auto& auth_method : context.node.auth_methods.all) {
        auto& at = servers_.emplace_back();
        if (const auto* issuer = std::get_if<auth::introspection_method>(&auth_method.method))
            at = std::make_unique<server>(context.home, issuer->settings.url.server,
                                          net::http_client::settings{});
        if (const auto* service = std::get_if<auth::forward_method>(&auth_method.method))
            at = std::make_unique<server>(context.home, service->settings.url.server, to_service);
    }
}

auth_lookups::~auth_lookups() = default;

auth::lookup_result auth_lookups::unavailable(std::size_t auth_method, std::string_view request_id,
                                              std::string_view problem) {
    context_.metrics.add(observe::counter::auth_lookup_failures);
    observe::log_limited(server_of(auth_method).failures, observe::log_level::warn,
                         "auth {}: request {}: no decision: {}",
                         context_.node.auth_methods.all[auth_method].name, request_id, problem);
    const bool token = std::holds_alternative<auth::introspection_method>(
        context_.node.auth_methods.all[auth_method].method);
    return {auth_method, found::unavailable, nullptr,
            token ? auth::reason::no_issuer : auth::reason::no_service};
}

// -- introspection --------------------------------------------------------------------------------

class auth_lookups::token_inquiry final : public auth_lookup, public base::list_hook<> {
public:
    token_inquiry(std::shared_ptr<token_call> of, handler on_response)
        : of_(std::move(of)),
          on_response_(std::move(on_response)) {}
    ~token_inquiry() override { unlink(); } // before the list can be destroyed
    handler take_handler() { return std::move(on_response_); }

private:
    std::shared_ptr<token_call> of_; // cancelled when the last waiter leaves
    handler on_response_;
};

/// The introspection call for one token, shared by all requests that wait for its result.
class auth_lookups::token_call : public std::enable_shared_from_this<token_call> {
public:
    token_call(auth_lookups& owner, std::size_t auth_method, const auth::token_lookup& what,
               const exchange& first)
        : owner_(owner),
          method_(auth_method),
          name_(what.name),
          token_size_(what.token.size()),
          by_(std::get<auth::introspection_method>(
              owner.context_.node.auth_methods.all[auth_method].method)),
          request_id_(first.request_id) {
        net::http_request question;
        question.method = "POST";
        question.target = by_.settings.url.target;
        question.repeatable = true;
        question.body = auth::introspection_form(what.token);
        // Always valid: none of these values comes from the client.
        for (const auto& [name, value] :
             {std::pair<std::string_view, std::string_view>{"Authorization", by_.authorization},
              {"Content-Type", "application/x-www-form-urlencoded"},
              {"Accept", "application/json"}})
            static_cast<void>(question.fields.add(name, value));
        owner.context_.metrics.add(observe::counter::auth_lookups);
        call_ =
            owner.server_of(auth_method)
                .client.call(std::move(question), owner.context_.home.now() + by_.settings.timeout,
                             longest_introspection,
                             [this](const net::http_result& came) { answered(came); });
    }
    ~token_call() { unlist(); }

    /// Lets other requests with the same token wait for this call too, if results may be cached.
    void share() {
        listed_ = by_.settings.cache.count() > 0 && owner_.asked_.emplace(name_, this).second;
    }
    void add(token_inquiry& who) { waiting_.push_back(who); }

private:
    void unlist() {
        if (std::exchange(listed_, false)) owner_.asked_.erase(name_);
    }
    void answered(const net::http_result& came) {
        const auto self = shared_from_this(); // the waiters release this call
        unlist();
        const auto what = read(came);
        while (!waiting_.empty()) {
            auto& first = waiting_.front();
            waiting_.pop_front();
            const auto then = first.take_handler();
            then(what);
        }
    }
    auth::lookup_result read(const net::http_result& came) {
        if (const auto* why = std::get_if<net::http_failure>(&came))
            return owner_.unavailable(method_, request_id_, why->text);
        const auto now = std::chrono::system_clock::now();
        const auto& response = std::get<net::http_response>(came);
        auto said = auth::read_introspection(response.status, response.body, now);
        switch (said.result) {
        case auth::introspection::outcome::unusable:
            return owner_.unavailable(method_, request_id_, said.problem);
        case auth::introspection::outcome::inactive:
            return {method_, found::refused, nullptr, auth::reason::token_inactive};
        case auth::introspection::outcome::active: break;
        }
        const auto until = std::min(said.claims.expires, now + by_.settings.cache);
        auto who = std::make_shared<const auth::principal>(
            auth::principal_of_token(owner_.context_.node.auth_methods.all[method_].name,
                                     "introspection", std::move(said.claims.all), until));
        if (until > now) owner_.memory_.remember(name_, who, token_size_ + response.body.size());
        return {method_, found::passed, std::move(who)};
    }

    auth_lookups& owner_;
    const std::size_t method_;
    const base::sha256_bytes name_;
    const std::size_t token_size_;
    const auth::introspection_method& by_;
    const std::string request_id_; // of the first request, for the log
    std::unique_ptr<net::http_call> call_;
    base::intrusive_list<token_inquiry> waiting_;
    bool listed_ = false;
};

std::unique_ptr<auth_lookup> auth_lookups::ask(std::size_t auth_method,
                                               const auth::token_lookup& what,
                                               const exchange& about, handler on_response) {
    const auto at = asked_.find(what.name);
    auto call = at != asked_.end() ? at->second->shared_from_this()
                                   : std::make_shared<token_call>(*this, auth_method, what, about);
    if (at == asked_.end()) call->share();
    auto& to = *call;
    auto lookup = std::make_unique<token_inquiry>(std::move(call), std::move(on_response));
    to.add(*lookup);
    return lookup;
}

// -- external auth --------------------------------------------------------------------------------

class auth_lookups::outside_inquiry final : public auth_lookup {
public:
    std::unique_ptr<net::http_call> call;
};

std::unique_ptr<auth_lookup> auth_lookups::ask(std::size_t auth_method,
                                               const auth::external_auth_lookup& what,
                                               const exchange& about, handler on_response) {
    const auto& settings =
        std::get<auth::forward_method>(context_.node.auth_methods.all[auth_method].method).settings;
    net::http_request question;
    question.target = settings.url.target;
    const auto add = [&](std::string_view name, std::string_view value) {
        return value.empty() || question.fields.add(name, value);
    };
    bool good = true;
    for (const auto& [name, value] : what.fields) good = add(name, value) && good;
    std::string query;
    const auto uri = std::string(about.uri.path)
                         .append(http::other_parameters(context_.node.plan.query_credentials(),
                                                        about.uri.query, query));
    const auto host = about.client.host.empty() ? about.host() : about.client.host;
    good = add("X-Forwarded-Method", about.head().method) && good;
    good = add("X-Forwarded-Uri", uri) && good;
    good = add("X-Forwarded-Host", host) && good;
    good = add("X-Forwarded-Proto", about.client.proto) && good;
    // If the client is not known, client_text is the nearest known hop, most likely our own proxy.
    if (about.client.known) good = add("X-Forwarded-For", about.client_text.view()) && good;
    good = add("X-Request-Id", about.request_id) && good;
    if (!good) return nullptr; // the service might need the field that was left out
    context_.metrics.add(observe::counter::auth_lookups);
    auto lookup = std::make_unique<outside_inquiry>();
    lookup->call =
        server_of(auth_method)
            .client.call(std::move(question), context_.home.now() + settings.timeout, longest_page,
                         [this, auth_method, id = std::string(about.request_id),
                          then = std::move(on_response)](const net::http_result& came) {
                             then(read(auth_method, id, came));
                         });
    return lookup;
}

auth::lookup_result auth_lookups::read(std::size_t auth_method, std::string_view request_id,
                                       const net::http_result& came) {
    if (const auto* why = std::get_if<net::http_failure>(&came))
        return unavailable(auth_method, request_id, why->text);
    const auto& response = std::get<net::http_response>(came);
    auto said = auth::read_external_auth_response(
        std::get<auth::forward_method>(context_.node.auth_methods.all[auth_method].method).settings,
        response.status, response.fields);
    using outcome = auth::external_auth_response::outcome;
    if (said.result == outcome::unusable) return unavailable(auth_method, request_id, said.problem);
    if (said.result == outcome::passed) return {auth_method, found::passed, principal_of(said)};
    const bool forbids = said.result == outcome::forbidden;
    return {auth_method, forbids ? found::forbidden : found::refused, nullptr,
            forbids ? auth::reason::service_forbids : auth::reason::service_refuses,
            std::make_shared<const auth::external_auth_response>(std::move(said))};
}

} // namespace thalamus::actors
