#include "actors/key_source.hpp"

#include "cluster/node.hpp"
#include "http/freshness.hpp"
#include "observe/program_log.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {

using observe::log_level;
using std::chrono::system_clock;

observe::log_limit failure_log{1};

constexpr net::http_client::settings of_client{.max_connections = 1};

} // namespace

key_source::key_source(reactor_context& context, const config::key_url_settings& settings,
                       surroundings in)
    : context_(context),
      settings_(settings),
      in_(std::move(in)),
      refresh_({settings.cooldown, settings.keep}),
      client_(context.home, settings.url.server, of_client),
      timer_(
          context.home.timers(), [](void* self) { static_cast<key_source*>(self)->on_time(); },
          this) {
    arm();
}

key_source::~key_source() { *alive_ = false; }

void key_source::arm() {
    auto at = std::max(refresh_.due(in_.owner().empty()), in_.settled);
    if (keys_) at = std::min(at, refresh_.usable_until());
    timer_.arm(std::max(at, now()));
}

void key_source::on_time() {
    if (keys_ && now() >= refresh_.usable_until()) {
        keys_.reset();
        observe::log(log_level::error,
                     "keys at {}: could not be fetched anew for too long; what needs them gets 503",
                     settings_.text);
        in_.changed();
    }
    if (!under_way_ && now() >= std::max(refresh_.due(in_.owner().empty()), in_.settled))
        begin(false);
    else arm();
}

void key_source::want(const std::shared_ptr<const auth::key_set>& known,
                      std::function<void()> then) {
    if (keys_ && keys_ != known) return then();
    const bool settling = now() < in_.settled;
    const bool due = now() >= refresh_.due(in_.owner().empty());
    if (!under_way_ && !settling && !due && !may_be_early()) return then();
    waiting_.push_back(std::move(then));
    if (!under_way_ && !settling) begin(true);
}

void key_source::nodes_changed(const std::vector<std::string>& new_peers) {
    if (!document_)
        for (const auto& peer : new_peers)
            context_.node.cluster->ask(
                peer, key_question_kind, to_payload(key_question{settings_.text, {}, false}),
                settings_.timeout, [this, alive = alive_](const auto& payload) {
                    if (!*alive || !payload) return;
                    if (auto what = from_payload(*payload, std::type_identity<key_document>{}))
                        learn(*what);
                });
    if (!under_way_) arm();
}

void key_source::asked(const key_question& what, cluster::answer_giver give) {
    auto answer = [this, alive = alive_, newer_than = what.newer_than, give = std::move(give)] {
        if (!*alive) return;
        const bool newer = document_ && document_->fetched > newer_than;
        give(newer ? to_payload(*document_) : std::string());
    };
    if ((document_ && document_->fetched > what.newer_than) || !in_.owner().empty())
        return answer();
    if (under_way_ || now() < in_.settled) return waiting_.push_back(std::move(answer));
    if (now() < refresh_.due(true) && !(what.early && may_be_early())) return answer();
    waiting_.push_back(std::move(answer));
    begin(what.early);
}

void key_source::begin(bool early) {
    timer_.disarm();
    under_way_ = true;
    early_ = early && document_.has_value();
    if (const auto owner = in_.owner(); !owner.empty()) ask(owner, early);
    else fetch();
}

void key_source::ask(const std::string& node, bool early) {
    const key_question what{settings_.text,
                            document_ ? document_->fetched : system_clock::time_point{}, early};
    // Time for its own fetch and a little for the way.
    const auto patience = settings_.timeout + std::chrono::milliseconds(250);
    context_.node.cluster->ask(
        node, key_question_kind, to_payload(what), patience,
        [this, alive = alive_, asked_for = what](const std::optional<std::string>& payload) {
            if (!*alive || !under_way_) return;
            if (payload && !payload->empty()) {
                if (auto news = from_payload(*payload, std::type_identity<key_document>{}))
                    learn(*news);
            }
            if (document_ && document_->fetched > asked_for.newer_than) return finish();
            // It has looked, or must not yet: the key is no issuer's. But what is due must be had.
            if (payload && now() < refresh_.due(false)) {
                refresh_.fruitless(now());
                return finish();
            }
            fetch();
        });
}

void key_source::fetch() {
    net::http_request what;
    what.target = settings_.url.target;
    static_cast<void>(what.fields.add("Accept", "application/jwk-set+json, application/json"));
    context_.metrics.add(observe::counter::jwks_fetches);
    call_ = client_.call(std::move(what), now() + settings_.timeout, longest_key_document,
                         [this](const net::http_result& came) { fetched(came); });
}

void key_source::fetched(const net::http_result& what) {
    if (const auto* why = std::get_if<net::http_failure>(&what)) failed(why->text);
    else take(std::get<net::http_answer>(what));
    finish();
}

void key_source::take(const net::http_answer& answer) {
    if (answer.status != 200) return failed("status " + std::to_string(answer.status));
    // As nodes tell each other (actors/key_document), or a copy would look older than what it is of.
    const auto fetched = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
    const bool fruitless = early_ && document_ && document_->text == answer.body;
    const key_document got{
        settings_.text, answer.body, fetched,
        auth::key_refresh::lifetime(http::freshness_left(answer.fields, fetched))};
    if (!accept(got)) return;
    if (fruitless) refresh_.fruitless(now());
    if (context_.node.cluster) context_.node.cluster->publish(key_topic, got);
}

void key_source::learn(const key_document& what) {
    // Clocks differ; what is said to come from the future was fetched now.
    auto news = what;
    news.fetched = std::min(news.fetched, system_clock::now());
    if (document_ && news.fetched <= document_->fetched) return;
    if (!accept(std::move(news))) return;
    if (!under_way_) arm();
    tell_waiting();
}

bool key_source::accept(key_document what) {
    const bool same = document_ && keys_ && document_->text == what.text;
    std::shared_ptr<const auth::key_set> read;
    if (!same) {
        auto parsed = auth::parse_key_set(what.text);
        if (const auto* why = std::get_if<std::string>(&parsed)) {
            failed("no JSON Web Key Set: " + *why);
            return false;
        }
        auto& set = std::get<auth::key_set>(parsed);
        for (const auto& why : set.left_out)
            observe::log(log_level::warn, "keys at {}: left out: {}", settings_.text, why);
        // Whoever reads them could sign with them.
        std::erase_if(set.keys, [](const auto& key) { return key.symmetric(); });
        if (set.keys.empty()) {
            failed("it holds no key that can be used");
            return false;
        }
        observe::log(log_level::info, "keys at {}: {} keys", settings_.text, set.keys.size());
        read = std::make_shared<const auth::key_set>(std::move(set));
    }
    refresh_.learned(now() - std::chrono::duration_cast<net::clock::duration>(system_clock::now() -
                                                                              what.fetched),
                     what.lifetime);
    document_ = std::move(what);
    in_.fetched.store(document_->fetched, std::memory_order_relaxed);
    if (!same && now() < refresh_.usable_until()) {
        keys_ = std::move(read);
        in_.changed();
    }
    return true;
}

void key_source::failed(const std::string& why) {
    refresh_.failed(now());
    if (early_) refresh_.fruitless(now());
    context_.metrics.add(observe::counter::jwks_failures);
    observe::log_limited(failure_log, log_level::warn, "keys at {}: {}{}", settings_.text, why,
                         keys_ ? "; the last ones are kept" : "");
}

void key_source::finish() {
    under_way_ = early_ = false;
    arm();
    tell_waiting();
}

void key_source::tell_waiting() {
    for (const auto& then : std::exchange(waiting_, {})) then();
}

} // namespace thalamus::actors
