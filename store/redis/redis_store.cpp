#include "store/redis/redis_store.hpp"

#include <random>
#include <utility>

namespace thalamus::store {

redis_store::redis_store(net::reactor& home, const config::store_settings& settings,
                         counters& counts)
    : context_{home,
               *settings.redis,
               settings.timeout,
               settings.prefix,
               counts,
               base::xoshiro256(std::random_device{}())} {
    const bool cluster = context_.settings.type == config::redis_settings::topology::cluster;
    topology_ = cluster ? redis_cluster(context_, *this) : one_primary(context_, *this);
    topology_->start();
}

redis_store::~redis_store() {
    const auto doomed = std::move(topology_); // handlers that call again find no topology
}

// -- calls ----------------------------------------------------------------------------------------

void redis_store::get(std::string_view key, handler<std::optional<std::string>> then) {
    issue(kind::get, key_of(key), std::move(then), {}, nullptr, 0, 0);
}

void redis_store::put(std::string_view key, std::string_view value,
                      std::chrono::milliseconds lifetime, handler<done> then) {
    issue(kind::put, key_of(key), std::move(then), value, nullptr, lifetime.count(), 0);
}

void redis_store::erase(std::string_view key, handler<done> then) {
    issue(kind::erase, key_of(key), std::move(then), {}, nullptr, 0, 0);
}

void redis_store::take(std::string_view key, const limits::rule& rule, limits::demand demand,
                       handler<limits::grant> then) {
    issue(kind::take, ledger_key(context_.prefix, rule, key), std::move(then), {}, &rule,
          demand.need, demand.extra);
}

void redis_store::give_back(std::string_view key, const limits::rule& rule, std::int64_t permits,
                            std::int64_t ends, handler<done> then) {
    issue(kind::give_back, ledger_key(context_.prefix, rule, key), std::move(then), {}, &rule,
          permits, ends);
}

void redis_store::charge(std::string_view key, const limits::rule& rule, std::int64_t permits,
                         limits::microseconds ago, handler<done> then) {
    issue(kind::charge, ledger_key(context_.prefix, rule, key), std::move(then), {}, &rule, permits,
          ago.count());
}

void redis_store::add(std::string_view set, std::string_view member, time_point expires,
                      handler<done> then) {
    if (member.size() > longest_member) {
        context_.counts.calls.add(1);
        context_.counts.failed(failure::refused);
        return then(failure::refused);
    }
    issue(kind::add, set_key(context_.prefix, set), std::move(then), member, nullptr,
          score_of(expires), 0);
}

void redis_store::remove(std::string_view set, std::string_view member, handler<done> then) {
    issue(kind::remove, set_key(context_.prefix, set), std::move(then), member, nullptr, 0, 0);
}

void redis_store::scan(std::string_view set, std::string_view cursor, handler<set_page> then) {
    issue(kind::scan, set_key(context_.prefix, set), std::move(then), cursor, nullptr, 0, 0);
}

void redis_store::issue(kind type, std::string key, redis_call::receiver then,
                        std::string_view value, const limits::rule* rule, std::int64_t a,
                        std::int64_t b) {
    context_.counts.calls.add(1);
    auto call =
        std::make_unique<redis_call>(static_cast<redis_call::owner&>(*this), context_.counts, type,
                                     std::move(key), std::move(then));
    call->value = value;
    call->rule = rule;
    call->a = a;
    call->b = b;
    call->deadline = context_.home.now() + context_.timeout;
    redis_link* const link = topology_ ? topology_->link_for(call->key) : nullptr;
    send(link, std::move(call));
}

void redis_store::send(redis_link* link, std::unique_ptr<redis_call> call) {
    if (!link || !link->accepts()) return call->on_failure(failure::unavailable);
    call->via = link;
    call->connection = link->connection();
    if (call->asking) {
        redis_command words{"ASKING"};
        link->send(nullptr, words, call->deadline);
    }
    redis_command words{};
    call->add_words(words);
    call->number = link->sent() + 1;
    const auto deadline = call->deadline;
    link->send(std::move(call), words, deadline);
}

void redis_store::on_reply(std::unique_ptr<redis_call> call, const redisReply& reply) {
    switch (kind_of(reply)) {
    case reply_kind::no_script: {
        constexpr unsigned most = 3; // another client keeps flushing the scripts
        const redis_script* const script = call->script();
        if (!script || ++call->unknown_scripts > most) break;
        redis_link* const again = call->via;
        call->whole_script = again->must_send(*script, call->number);
        if (call->whole_script) context_.counts.scripts_sent.add(1);
        return send(again, std::move(call));
    }
    case reply_kind::moved: return redirect(std::move(call), reply, true);
    case reply_kind::ask: return redirect(std::move(call), reply, false);
    case reply_kind::try_again:
    case reply_kind::cluster_down: topology_->refresh_soon(); break;
    default: break;
    }
    call->deliver(reply);
}

void redis_store::redirect(std::unique_ptr<redis_call> call, const redisReply& reply,
                           bool for_good) {
    const auto target = redirection_of(reply);
    if (for_good) topology_->refresh_soon();
    if (!target || std::exchange(call->redirected, true)) return call->deliver(reply);
    context_.counts.redirected.add(1);
    redis_link* const next = topology_->follow(*call->via, *target, for_good);
    call->asking = !for_good;
    send(next, std::move(call));
}

// -- availability ---------------------------------------------------------------------------------

/// Not within the call, because the handler may destroy the store.
void redis_store::on_topology_changed() {
    if (std::exchange(report_posted_, true)) return;
    context_.home.post(lifetime_.guarded([this] { report_change(); }));
}

void redis_store::report_change() {
    report_posted_ = false;
    if (available() == reported_) return;
    reported_ = !reported_;
    if (const auto on_change = on_change_) on_change(reported_);
}

} // namespace thalamus::store
