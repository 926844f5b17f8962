#include "actors/identity/jwks_source.hpp"

#include "cluster/node.hpp"
#include "http/freshness.hpp"
#include "observe/program_log.hpp"

#include <algorithm>
#include <iterator>

namespace thalamus::actors {

namespace {

using observe::log_level;
using std::chrono::system_clock;

observe::log_limit failure_log{1};

constexpr net::http_client::settings of_client{.max_connections = 1};

} // namespace

jwks_source::jwks_source(reactor_context& context, const config::key_url_settings& settings,
                         surroundings in)
    : context_(context),
      settings_(settings),
      in_(std::move(in)),
      refresh_({settings.cooldown, settings.keep}),
      client_(context.home, settings.url.server, of_client),
      timer_(context.home.timers(), base::bind<&jwks_source::on_time>(this)),
      usable_(context.home.timers(), base::bind<&jwks_source::drop_if_over>(this)) {
    arm();
}

bool jwks_source::may_begin(bool early) const {
    return now() >= in_.settled &&
           (now() >= refresh_.due(in_.owner().empty()) || (early && may_be_early()));
}

void jwks_source::arm() {
    // Requests that came before `settled` wait only until then.
    const auto due = waiting_.empty() ? refresh_.due(in_.owner().empty()) : now();
    timer_.arm(std::max({due, in_.settled, now()}));
}

void jwks_source::on_time() {
    if (under_way_) return; // the end of the refresh arms the timer
    if (!waiting_.empty() || may_begin(false)) begin(!waiting_.empty());
    else arm();
}

void jwks_source::drop_if_over() {
    if (!keys_) return;
    if (now() < refresh_.usable_until()) return usable_.arm(refresh_.usable_until());
    keys_.reset();
    observe::log(log_level::error,
                 "keys at {}: not refreshed for too long; requests that need them get 503",
                 settings_.text);
    in_.changed();
}

void jwks_source::want(const std::shared_ptr<const auth::key_set>& known,
                       std::function<void(outcome)> then) {
    if (keys_ && keys_ != known) return then(outcome::other_keys);
    const bool settling = now() < in_.settled;
    if (!under_way_ && !settling && !may_begin(true)) return then(last_outcome());
    waiting_.push_back({looks_, known, std::move(then)});
    if (settling) arm();
    else if (!under_way_) begin(true);
}

void jwks_source::nodes_changed(const std::vector<std::string>& new_peers) {
    if (!document_)
        for (const auto& peer : new_peers)
            context_.node.cluster->call(
                peer, jwks_method, to_payload(jwks_request{settings_.text, 0}), settings_.timeout,
                lifetime_.guarded([this](const auto& payload) {
                    if (!payload) return;
                    if (auto reply = from_payload(*payload, std::type_identity<jwks_reply>{});
                        reply && reply->document)
                        learn(*reply->document);
                }));
    if (!under_way_) arm();
}

void jwks_source::on_request(const jwks_request& request, cluster::reply_sender reply) {
    using kind = jwks_reply::kind;
    const auto newer_than = request.newer_than;
    highest_version_ = std::max(highest_version_, newer_than);
    if (document_ && document_->version > newer_than)
        return reply(to_payload(jwks_reply{kind::newer, document_now()}));
    if (!in_.owner().empty()) return reply(to_payload(jwks_reply{kind::not_mine, {}}));
    want(keys_, lifetime_.guarded([this, newer_than, reply = std::move(reply)](outcome how) {
        if (document_ && document_->version > newer_than)
            reply(to_payload(jwks_reply{kind::newer, document_now()}));
        else
            reply(to_payload(jwks_reply{
                how == outcome::unreachable ? kind::unreachable : kind::nothing_newer, {}}));
    }));
}

void jwks_source::begin(bool early) {
    timer_.disarm();
    ++looks_;
    under_way_ = true;
    early_ = early && keys_;
    if (const auto owner = in_.owner(); !owner.empty()) call_owner(owner);
    else fetch();
}

void jwks_source::call_owner(const std::string& node) {
    const auto newer_than = document_ ? document_->version : 0;
    // Time for the owner's fetch, for a fetch that was already under way, and for transit.
    const auto patience = 2 * settings_.timeout + std::chrono::milliseconds(250);
    context_.node.cluster->call(
        node, jwks_method, to_payload(jwks_request{settings_.text, newer_than}), patience,
        lifetime_.guarded([this, newer_than](const std::optional<std::string>& payload) {
            if (!under_way_) return;
            const auto reply =
                payload ? from_payload(*payload, std::type_identity<jwks_reply>{}) : std::nullopt;
            on_reply(reply.value_or(jwks_reply{}), newer_than);
        }));
}

void jwks_source::on_reply(const jwks_reply& reply, std::uint64_t newer_than) {
    using kind = jwks_reply::kind;
    if (reply.document) learn(*reply.document);
    const bool newer = document_ && document_->version > newer_than;
    // The owner has refreshed or is cooling down. If ours are due, or it cannot tell, fetch them
    // here.
    const bool fresh = now() < refresh_.due(false);
    if (!newer && (reply.what == kind::not_mine || !fresh)) return fetch();
    reached_ = newer || reply.what != kind::unreachable;
    if (!newer && early_) refresh_.fruitless(now());
    finish();
}

void jwks_source::fetch() {
    net::http_request what;
    what.target = settings_.url.target;
    static_cast<void>(what.fields.add("Accept", "application/jwk-set+json, application/json"));
    context_.metrics.add(observe::counter::jwks_fetches);
    call_ = client_.call(std::move(what), now() + settings_.timeout, longest_key_document,
                         [this](const net::http_result& came) { fetched(came); });
}

void jwks_source::fetched(const net::http_result& what) {
    reached_ = false; // unless the response brings keys
    if (const auto* why = std::get_if<net::http_failure>(&what)) failed(why->text);
    else take(std::get<net::http_response>(what));
    finish();
}

void jwks_source::take(const net::http_response& response) {
    if (response.status != 200) return failed("status " + std::to_string(response.status));
    const auto there = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
    const auto clock = static_cast<std::uint64_t>(there.time_since_epoch().count());
    highest_version_ = std::max(clock, highest_version_ + 1);
    jwks_document got{settings_.text,
                      response.body,
                      highest_version_,
                      {},
                      auth::key_refresh::lifetime(http::freshness_left(response.fields, there))};
    const auto before = keys_;
    if (!accept(got)) return;
    reached_ = true;
    if (early_ && keys_ == before) refresh_.fruitless(now());
    if (context_.node.cluster) context_.node.cluster->publish(key_topic, got);
}

void jwks_source::learn(const jwks_document& what) {
    highest_version_ = std::max(highest_version_, what.version);
    if (document_ && what.version <= document_->version) return;
    if (!accept(what)) return;
    reached_ = true;
    if (!under_way_) arm();
}

jwks_document jwks_source::document_now() const {
    auto what = *document_;
    what.age = std::chrono::duration_cast<std::chrono::milliseconds>(now() - fetched_);
    return what;
}

bool jwks_source::accept(jwks_document what) {
    auto parsed = auth::parse_key_set(what.text);
    if (const auto* why = std::get_if<std::string>(&parsed)) {
        failed("not a JSON Web Key Set: " + *why);
        return false;
    }
    auto& set = std::get<auth::key_set>(parsed);
    // Symmetric keys that are published are unsafe: any reader could sign with them.
    std::erase_if(set.keys, [](const auto& key) { return key.symmetric(); });
    if (set.keys.empty()) {
        failed("no usable key");
        return false;
    }
    fetched_ = now() - what.age;
    refresh_.learned(fetched_, what.lifetime);
    in_.fetched.store(system_clock::now() - what.age, std::memory_order_relaxed);
    document_ = std::move(what);
    const bool same = keys_ && keys_->fingerprint == set.fingerprint;
    if (same || now() >= refresh_.usable_until()) return true;
    for (const auto& why : set.left_out)
        observe::log(log_level::warn, "keys at {}: ignored: {}", settings_.text, why);
    observe::log(log_level::info, "keys at {}: loaded {} keys", settings_.text, set.keys.size());
    keys_ = std::make_shared<const auth::key_set>(std::move(set));
    usable_.arm(refresh_.usable_until());
    in_.changed();
    tell_of_other_keys();
    return true;
}

void jwks_source::failed(const std::string& why) {
    refresh_.failed(now());
    if (early_) refresh_.fruitless(now());
    context_.metrics.add(observe::counter::jwks_failures);
    observe::log_limited(failure_log, log_level::warn, "keys at {}: {}{}", settings_.text, why,
                         keys_ ? "; keeping the previous keys" : "");
}

template <class F>
std::vector<jwks_source::waiter> jwks_source::take_waiting(F done) {
    const auto from = std::stable_partition(waiting_.begin(), waiting_.end(),
                                            [&](const waiter& each) { return !done(each); });
    std::vector<waiter> taken(std::make_move_iterator(from),
                              std::make_move_iterator(waiting_.end()));
    waiting_.erase(from, waiting_.end());
    return taken;
}

void jwks_source::finish() {
    under_way_ = early_ = false;
    drop_if_over();
    const auto how = last_outcome();
    // A request that came during this refresh may need keys that are newer than its result.
    const bool once_more = may_begin(true);
    const auto done =
        take_waiting([&](const waiter& each) { return each.since != looks_ || !once_more; });
    if (waiting_.empty()) arm();
    else begin(true);
    for (const auto& each : done) each.then(how);
}

void jwks_source::tell_of_other_keys() {
    for (const auto& each : take_waiting([&](const waiter& w) { return w.known != keys_; }))
        each.then(outcome::other_keys);
}

} // namespace thalamus::actors
