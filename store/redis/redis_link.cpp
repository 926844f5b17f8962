#include "store/redis/redis_link.hpp"

#include "observe/program_log.hpp"

#include <utility>

namespace thalamus::store {

using observe::log_level;
using observe::log_limit;

/// One step of the handshake. The link itself is notified about the connection.
class redis_link::handshake_request final : public redis_request {
public:
    handshake_request(redis_link& link, handshake_step step) : link_(link), step_(step) {}
    void on_reply(std::unique_ptr<redis_request>, const redisReply& reply) override {
        link_.on_handshake_reply(step_, reply);
    }
    void on_failure(failure) override {}

private:
    redis_link& link_;
    const handshake_step step_;
};

class redis_link::liveness_request final : public redis_request {
public:
    liveness_request(redis_link& link, bool is_probe) : link_(link), is_probe_(is_probe) {}
    void on_reply(std::unique_ptr<redis_request>, const redisReply& reply) override {
        if (is_probe_) link_.on_probe_reply(reply);
        else link_.on_pong();
    }
    void on_failure(failure) override {} // see on_timeout()

private:
    redis_link& link_;
    const bool is_probe_;
};

redis_link::redis_link(redis_context& context, owner& owner, std::string name,
                       std::unique_ptr<redis_addresses> addresses)
    : context_(context),
      owner_(owner),
      name_(std::move(name)),
      addresses_(std::move(addresses)),
      retry_(context.home.timers(), base::bind<&redis_link::on_retry>(this)),
      beat_(context.home.timers(), base::bind<&redis_link::beat>(this)) {}

redis_link::~redis_link() {
    if (const auto doomed = std::move(connection_)) doomed->close(failure::unavailable);
}

// -- connecting -----------------------------------------------------------------------------------

void redis_link::find() {
    state_ = state::finding;
    addresses_->find([this](const redis_addresses::result& addresses) { found(addresses); });
}

void redis_link::found(const redis_addresses::result& addresses) {
    candidates_ = addresses.found;
    if (candidates_.empty()) give_up({addresses.error});
    else connect();
}

void redis_link::connect() {
    state_ = state::connecting;
    address_ = candidates_.front();
    candidates_.erase(candidates_.begin());
    retry_.arm(context_.home.now() + context_.patience());
    connection_ = redis_connection::make(context_.home, *this);
    connection_number_ = ++context_.connections;
    if (connection_->connect(address_)) start_handshake();
    else give_up({connection_->error()});
}

void redis_link::start_handshake() {
    steps_left_ = 0;
    const auto probe_key = owner_.probe_key(*this);
    for (const auto step : {handshake_step::authenticate, handshake_step::select_database,
                            handshake_step::ask_role, handshake_step::probe}) {
        if (!is_needed(step, context_.settings)) continue;
        redis_command words{};
        add_words(words, step, context_.settings, probe_key);
        ++steps_left_;
        connection_->send(std::make_unique<handshake_request>(*this, step), words,
                          net::time_point::max());
    }
}

void redis_link::on_handshake_reply(handshake_step step, const redisReply& reply) {
    if (auto against = object_to(step, reply); !against.text.empty()) give_up(std::move(against));
    else if (--steps_left_ == 0) become_ready();
}

void redis_link::become_ready() {
    state_ = state::ready;
    retry_.disarm();
    backoff_.reset();
    breaker_.probe_succeeded();
    probing_ = outage_logged_ = false;
    context_.counts.connected.add(1);
    static log_limit limit{5};
    observe::log_limited(limit, log_level::info, "redis {}: connected to the primary at {}", name_,
                         net::to_text(address_));
    quiet_ = true;
    beat_.arm(context_.home.now() + idle);
    owner_.on_link_changed();
}

void redis_link::on_retry() {
    if (state_ == state::connecting)
        give_up({fmt::format("no reply within {} ms", context_.patience().count())});
    else if (candidates_.empty()) find();
    else connect();
}

void redis_link::leave(std::string_view reason) {
    candidates_.clear();
    backoff_.reset();
    if (connection_) give_up({std::string(reason)});
    else if (state_ == state::waiting) retry_.arm(context_.home.now());
}

void redis_link::give_up(const objection& reason) {
    const auto doomed = std::move(connection_);
    const bool was_ready = std::exchange(state_, state::waiting) == state::ready;
    beat_.disarm();
    if (was_ready) {
        candidates_.clear();
        context_.counts.lost.add(1);
    }
    const auto location = doomed ? " at " + net::to_text(address_) : std::string();
    static log_limit permanent{1}, passing{5};
    if (reason.permanent)
        observe::log_limited(permanent, log_level::error, "redis {}{}: {}", name_, location,
                             reason.text);
    else if (!std::exchange(outage_logged_, true))
        observe::log_limited(passing, log_level::warn, "redis {}{}: {}; retrying until it works",
                             name_, location, reason.text);
    else observe::log(log_level::debug, "redis {}{}: {}", name_, location, reason.text);
    const auto now = context_.home.now();
    retry_.arm(candidates_.empty() ? now + backoff_.next(context_.random()) : now);
    owner_.on_link_changed();
    owner_.on_link_down();
    if (doomed) doomed->close(failure::timeout); // last: waiting requests may destroy this
}

bool redis_link::must_send(const redis_script& script, std::uint64_t number) {
    auto& sent_at = sent_whole_[&script];
    if (sent_at > number) return false;
    sent_at = sent_ + 1;
    return true;
}

// -- while it is ready ----------------------------------------------------------------------------

void redis_link::on_lost(std::string_view reason) { give_up({std::string(reason)}); }

void redis_link::after_reply(const redisReply& reply, net::clock::duration took, bool waited) {
    if (state_ != state::ready) return;
    context_.counts.round_trip.observe(took);
    const auto kind = kind_of(reply);
    switch (kind) {
    case reply_kind::not_primary:
    case reply_kind::loading: return give_up({std::string(text_of(reply))});
    case reply_kind::cluster_down: owner_.on_link_down(); break;
    case reply_kind::no_permission: {
        static log_limit limit{1};
        observe::log_limited(limit, log_level::error, "redis {}: {}", name_,
                             permission_advice(text_of(reply)));
        break;
    }
    default: break;
    }
    if (is_failing(kind)) return count_failures(1, text_of(reply));
    if (waited) breaker_.succeeded(); // replies that always come too late do not count
    else if (!breaker_.closed() && !probing_) beat_.arm(context_.home.now()); // the server is back
}

bool redis_link::on_timeout(unsigned n) {
    if (state_ != state::ready) return false;
    const auto now = context_.home.now();
    if (probing_ && now >= probe_deadline_) {
        probing_ = false;
        quiet_ = true;
        if (!breaker_.closed() && breaker_.probe_mute()) {
            give_up({"it accepts commands but does not reply"});
            return false;
        }
        beat_.arm(breaker_.closed() ? now : now + breaker::pause(context_.random()));
    }
    const bool was_closed = breaker_.closed();
    count_failures(n, "no reply in time");
    return was_closed && !breaker_.closed();
}

void redis_link::count_failures(unsigned n, std::string_view reason) {
    if (!breaker_.failed(n)) return;
    context_.counts.opened.add(1);
    static log_limit limit{5};
    observe::log_limited(limit, log_level::warn,
                         "redis {}: {} failures in a row, the last: {}; no commands are sent "
                         "until a probe succeeds",
                         name_, breaker::opens_after, reason);
    probing_ = false; // a PING in progress proves nothing any more
    beat_.arm(context_.home.now() + breaker::pause(context_.random()));
    owner_.on_link_changed();
}

void redis_link::beat() {
    const auto now = context_.home.now();
    const bool probe = !breaker_.closed();
    if (!probe) {
        const bool quiet = std::exchange(quiet_, true);
        beat_.arm(now + idle);
        if (!quiet) return;
    }
    if (std::exchange(probing_, true)) return;
    probe_deadline_ = now + context_.timeout;
    const auto key = owner_.probe_key(*this);
    redis_command words{};
    if (probe) add_words(words, handshake_step::probe, context_.settings, key);
    else words.add("PING");
    connection_->send(std::make_unique<liveness_request>(*this, probe), words, probe_deadline_);
}

void redis_link::on_pong() {
    if (breaker_.closed()) probing_ = false;
}

void redis_link::on_probe_reply(const redisReply& reply) {
    probing_ = false;
    const auto now = context_.home.now();
    if (const auto against = object_to(handshake_step::probe, reply); !against.text.empty()) {
        breaker_.probe_refused();
        beat_.arm(now + breaker::pause(context_.random()));
        return;
    }
    breaker_.probe_succeeded();
    static log_limit limit{5};
    observe::log_limited(limit, log_level::info, "redis {}: works again", name_);
    quiet_ = true;
    beat_.arm(now + idle);
    owner_.on_link_changed();
}

} // namespace thalamus::store
