#include "store/redis/redis_link.hpp"

#include "observe/program_log.hpp"

#include <utility>

namespace thalamus::store {

using observe::log_level;
using observe::log_limit;

/// One step of the handshake. The link itself is notified about the connection.
class redis_link::greeting final : public redis_request {
public:
    greeting(redis_link& of, handshake_step step) : of_(of), step_(step) {}
    void on_reply(std::unique_ptr<redis_request>, const redisReply& reply) override {
        of_.greeted(step_, reply);
    }
    void on_failure(failure) override {}

private:
    redis_link& of_;
    const handshake_step step_;
};

class redis_link::sign_of_life final : public redis_request {
public:
    sign_of_life(redis_link& of, bool is_probe) : of_(of), is_probe_(is_probe) {}
    void on_reply(std::unique_ptr<redis_request>, const redisReply& reply) override {
        if (is_probe_) of_.probed(reply);
        else of_.pinged();
    }
    void on_failure(failure) override {} // see on_timeout()

private:
    redis_link& of_;
    const bool is_probe_;
};

redis_link::redis_link(redis_context& context, owner& who, std::string name,
                       std::unique_ptr<redis_addresses> where)
    : context_(context),
      owner_(who),
      name_(std::move(name)),
      where_(std::move(where)),
      retry_(context.home.timers(), base::bind<&redis_link::on_retry>(this)),
      beat_(context.home.timers(), base::bind<&redis_link::beat>(this)) {}

redis_link::~redis_link() {
    if (const auto doomed = std::move(connection_)) doomed->close(failure::unavailable);
}

// -- connecting -----------------------------------------------------------------------------------

void redis_link::find() {
    state_ = state::finding;
    where_->find([this](const redis_addresses::result& where) { found(where); });
}

void redis_link::found(const redis_addresses::result& where) {
    candidates_ = where.found;
    if (candidates_.empty()) give_up({where.error});
    else connect();
}

void redis_link::connect() {
    state_ = state::connecting;
    address_ = candidates_.front();
    candidates_.erase(candidates_.begin());
    retry_.arm(context_.home.now() + context_.patience());
    connection_ = redis_connection::make(context_.home, *this);
    connection_number_ = ++context_.connections;
    if (connection_->connect(address_)) greet();
    else give_up({connection_->error()});
}

void redis_link::greet() {
    steps_left_ = 0;
    const auto probe_key = owner_.probe_key(*this);
    for (const auto step : {handshake_step::authenticate, handshake_step::select_database,
                            handshake_step::ask_role, handshake_step::probe}) {
        if (!is_needed(step, context_.settings)) continue;
        redis_command words{};
        add_words(words, step, context_.settings, probe_key);
        ++steps_left_;
        connection_->send(std::make_unique<greeting>(*this, step), words, net::time_point::max());
    }
}

void redis_link::greeted(handshake_step step, const redisReply& reply) {
    if (auto against = object_to(step, reply); !against.text.empty()) give_up(std::move(against));
    else if (--steps_left_ == 0) become_ready();
}

void redis_link::become_ready() {
    state_ = state::ready;
    retry_.disarm();
    backoff_.reset();
    breaker_.probe_succeeded();
    probing_ = told_ = false;
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

void redis_link::leave(std::string_view why) {
    candidates_.clear();
    backoff_.reset();
    if (connection_) give_up({std::string(why)});
    else if (state_ == state::waiting) retry_.arm(context_.home.now());
}

void redis_link::give_up(const objection& why) {
    const auto doomed = std::move(connection_);
    const bool was_ready = std::exchange(state_, state::waiting) == state::ready;
    beat_.disarm();
    if (was_ready) {
        candidates_.clear();
        context_.counts.lost.add(1);
    }
    const auto at = doomed ? " at " + net::to_text(address_) : std::string();
    static log_limit permanent{1}, passing{5};
    if (why.permanent)
        observe::log_limited(permanent, log_level::error, "redis {}{}: {}", name_, at, why.text);
    else if (!std::exchange(told_, true))
        observe::log_limited(passing, log_level::warn, "redis {}{}: {}; retrying until it works",
                             name_, at, why.text);
    else observe::log(log_level::debug, "redis {}{}: {}", name_, at, why.text);
    const auto now = context_.home.now();
    retry_.arm(candidates_.empty() ? now + backoff_.next(context_.random()) : now);
    owner_.on_link_changed();
    owner_.on_link_down();
    if (doomed) doomed->close(failure::timeout); // last: waiting requests may destroy this
}

bool redis_link::must_send(const redis_script& which, std::uint64_t number) {
    auto& at = sent_whole_[&which];
    if (at > number) return false;
    at = sent_ + 1;
    return true;
}

// -- while it is ready ----------------------------------------------------------------------------

void redis_link::on_lost(std::string_view why) { give_up({std::string(why)}); }

void redis_link::on_answered(const redisReply& reply, net::clock::duration took, bool waited) {
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

void redis_link::count_failures(unsigned n, std::string_view why) {
    if (!breaker_.failed(n)) return;
    context_.counts.opened.add(1);
    static log_limit limit{5};
    observe::log_limited(limit, log_level::warn,
                         "redis {}: {} failures in a row, the last: {}; no commands are sent "
                         "until a probe succeeds",
                         name_, breaker::opens_after, why);
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
    connection_->send(std::make_unique<sign_of_life>(*this, probe), words, probe_deadline_);
}

void redis_link::pinged() {
    if (breaker_.closed()) probing_ = false;
}

void redis_link::probed(const redisReply& reply) {
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
