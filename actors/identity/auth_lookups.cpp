#include "actors/identity/auth_lookups.hpp"

#include "policies/auth/introspection.hpp"

#include <algorithm>
#include <optional>

namespace thalamus::actors {

namespace {

using found = auth::finding::outcome;

constexpr std::size_t longest_introspection = 64 * 1024;
/// A service outside may show browsers a page; it is dropped.
constexpr std::size_t longest_page = 256 * 1024;
/// A service outside is asked about every request, an issuer about a token once a while.
constexpr net::http_client::settings to_service{.max_connections = 64, .max_waiting = 512};

/// Nobody is named: what is told of whom is in the headers that are copied.
std::shared_ptr<const auth::principal> principal_of(auth::outside_answer& answer) {
    auto who = std::make_shared<auth::principal>();
    who->method = "forward";
    who->copied = std::move(answer.copied);
    who->identity_lines = auth::identity_lines_of(*who);
    return who;
}

} // namespace

auth_inquiries::auth_inquiries(reactor_context& context, auth::authenticator& memory)
    : context_(context),
      memory_(memory) {
    for (const auto& way : context.node.ways.all) {
        auto& at = servers_.emplace_back();
        if (const auto* issuer = std::get_if<auth::introspection_way>(&way.how))
            at = std::make_unique<server>(context.home, issuer->settings.url.server,
                                          net::http_client::settings{});
        if (const auto* service = std::get_if<auth::forward_way>(&way.how))
            at = std::make_unique<server>(context.home, service->settings.url.server, to_service);
    }
}

auth_inquiries::~auth_inquiries() = default;

auth::finding auth_inquiries::unavailable(std::size_t way, std::string_view request_id,
                                          std::string_view problem) {
    context_.metrics.add(observe::counter::auth_inquiry_failures);
    observe::log_limited(server_of(way).failures, observe::log_level::warn,
                         "auth {}: request {}: no decision: {}", context_.node.ways.all[way].name,
                         request_id, problem);
    const bool token =
        std::holds_alternative<auth::introspection_way>(context_.node.ways.all[way].how);
    return {way, found::unavailable, nullptr,
            token ? auth::reason::no_issuer : auth::reason::no_service};
}

// -- tokens -----------------------------------------------------------------------------------------------

class auth_inquiries::token_inquiry final : public auth_inquiry, public unlinking_hook {
public:
    token_inquiry(std::shared_ptr<token_call> of, handler on_answer)
        : of_(std::move(of)),
          on_answer_(std::move(on_answer)) {}
    ~token_inquiry() override { unlink(); } // before the list may go
    handler take_handler() { return std::move(on_answer_); }

private:
    std::shared_ptr<token_call> of_; // the last to go ends it
    handler on_answer_;
};

/// The question to an issuer about one token, for all who wait for its answer.
class auth_inquiries::token_call : public std::enable_shared_from_this<token_call> {
public:
    token_call(auth_inquiries& owner, std::size_t way, const auth::token_question& what,
               const exchange& first)
        : owner_(owner),
          way_(way),
          name_(what.name),
          token_size_(what.token.size()),
          by_(std::get<auth::introspection_way>(owner.context_.node.ways.all[way].how)),
          request_id_(first.request_id) {
        net::http_request question;
        question.method = "POST";
        question.target = by_.settings.url.target;
        question.repeatable = true;
        question.body = auth::introspection_form(what.token);
        // Good ones: nothing of them is the client's.
        for (const auto& [name, value] :
             {std::pair<std::string_view, std::string_view>{"Authorization", by_.authorization},
              {"Content-Type", "application/x-www-form-urlencoded"},
              {"Accept", "application/json"}})
            static_cast<void>(question.fields.add(name, value));
        owner.context_.metrics.add(observe::counter::auth_inquiries);
        call_ = owner.server_of(way).client.call(
            std::move(question), owner.context_.home.now() + by_.settings.timeout,
            longest_introspection, [this](const net::http_result& came) { answered(came); });
    }
    ~token_call() { unlist(); }

    /// Others who show the token may wait for this answer, too, if answers are to be kept.
    void share() {
        listed_ = by_.settings.cache.count() > 0 && owner_.asked_.emplace(name_, this).second;
    }
    void add(token_inquiry& who) { waiting_.push_back(who); }

private:
    void unlist() {
        if (std::exchange(listed_, false)) owner_.asked_.erase(name_);
    }
    void answered(const net::http_result& came) {
        const auto self = shared_from_this(); // those who waited let it go
        unlist();
        const auto what = read(came);
        while (!waiting_.empty()) {
            auto& first = waiting_.front();
            waiting_.pop_front();
            const auto then = first.take_handler();
            then(what);
        }
    }
    auth::finding read(const net::http_result& came) {
        if (const auto* why = std::get_if<net::http_failure>(&came))
            return owner_.unavailable(way_, request_id_, why->text);
        const auto now = std::chrono::system_clock::now();
        const auto& answer = std::get<net::http_answer>(came);
        auto said = auth::read_introspection(answer.status, answer.body, now);
        switch (said.what) {
        case auth::introspection::outcome::unusable:
            return owner_.unavailable(way_, request_id_, said.problem);
        case auth::introspection::outcome::inactive:
            return {way_, found::refused, nullptr, auth::reason::token_inactive};
        case auth::introspection::outcome::active: break;
        }
        const auto until = std::min(said.claims.expires, now + by_.settings.cache);
        auto who = std::make_shared<const auth::principal>(
            auth::principal_of_token(owner_.context_.node.ways.all[way_].name, "introspection",
                                     std::move(said.claims.all), until));
        if (until > now) owner_.memory_.remember(name_, who, token_size_ + answer.body.size());
        return {way_, found::passed, std::move(who)};
    }

    auth_inquiries& owner_;
    const std::size_t way_;
    const base::sha256_bytes name_;
    const std::size_t token_size_;
    const auth::introspection_way& by_;
    const std::string request_id_; // of the first that asked, for the log
    std::unique_ptr<net::http_call> call_;
    intrusive_list<token_inquiry> waiting_;
    bool listed_ = false;
};

std::unique_ptr<auth_inquiry> auth_inquiries::ask(std::size_t way, const auth::token_question& what,
                                                  const exchange& about, handler on_answer) {
    const auto at = asked_.find(what.name);
    auto call = at != asked_.end() ? at->second->shared_from_this()
                                   : std::make_shared<token_call>(*this, way, what, about);
    if (at == asked_.end()) call->share();
    auto& to = *call;
    auto inquiry = std::make_unique<token_inquiry>(std::move(call), std::move(on_answer));
    to.add(*inquiry);
    return inquiry;
}

// -- requests ---------------------------------------------------------------------------------------------

class auth_inquiries::outside_inquiry final : public auth_inquiry {
public:
    std::unique_ptr<net::http_call> call;
};

std::unique_ptr<auth_inquiry> auth_inquiries::ask(std::size_t way,
                                                  const auth::outside_question& what,
                                                  const exchange& about, handler on_answer) {
    const auto& settings = std::get<auth::forward_way>(context_.node.ways.all[way].how).settings;
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
    // Where the client is not known, that is the nearest hop which is: of our own, most likely.
    if (about.client.known) good = add("X-Forwarded-For", about.client_text.view()) && good;
    good = add("X-Request-Id", about.request_id) && good;
    if (!good) return nullptr; // what was left out might have been what it decides by
    context_.metrics.add(observe::counter::auth_inquiries);
    auto inquiry = std::make_unique<outside_inquiry>();
    inquiry->call = server_of(way).client.call(
        std::move(question), context_.home.now() + settings.timeout, longest_page,
        [this, way, id = std::string(about.request_id),
         then = std::move(on_answer)](const net::http_result& came) { then(read(way, id, came)); });
    return inquiry;
}

auth::finding auth_inquiries::read(std::size_t way, std::string_view request_id,
                                   const net::http_result& came) {
    if (const auto* why = std::get_if<net::http_failure>(&came))
        return unavailable(way, request_id, why->text);
    const auto& answer = std::get<net::http_answer>(came);
    auto said = auth::read_outside_answer(
        std::get<auth::forward_way>(context_.node.ways.all[way].how).settings, answer.status,
        answer.fields);
    using outcome = auth::outside_answer::outcome;
    if (said.what == outcome::unusable) return unavailable(way, request_id, said.problem);
    if (said.what == outcome::passed) return {way, found::passed, principal_of(said)};
    const bool forbids = said.what == outcome::forbidden;
    return {way, forbids ? found::forbidden : found::refused, nullptr,
            forbids ? auth::reason::service_forbids : auth::reason::service_refuses,
            std::make_shared<const auth::outside_answer>(std::move(said))};
}

} // namespace thalamus::actors
