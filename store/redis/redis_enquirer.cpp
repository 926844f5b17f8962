#include "store/redis/redis_enquirer.hpp"

#include "config/addresses.hpp"

#include <fmt/core.h>

#include <utility>

namespace thalamus::store {

class redis_enquirer::query_request final : public redis_request {
public:
    query_request(redis_enquirer& owner, bool last) : owner_(owner), last_(last) {}
    void on_reply(std::unique_ptr<redis_request>, const redisReply& reply) override {
        if (last_) owner_.on_query_reply(reply);
        else if (reply.type == REDIS_REPLY_ERROR) owner_.next(permission_advice(text_of(reply)));
    }
    void on_failure(failure) override {} // see on_lost()

private:
    redis_enquirer& owner_;
    const bool last_;
};

redis_enquirer::redis_enquirer(redis_context& context, bool authenticate)
    : context_(context),
      authenticate_(authenticate && !context.settings.password.empty()),
      deadline_(context.home.timers(), base::bind<&redis_enquirer::on_deadline>(this)) {}

redis_enquirer::~redis_enquirer() {
    then_ = nullptr;
    detach();
}

void redis_enquirer::query(std::vector<config::endpoint> servers, std::vector<std::string> words,
                           check accept, handler then) {
    servers_ = std::move(servers);
    words_ = std::move(words);
    accept_ = std::move(accept);
    then_ = std::move(then);
    error_ = "there is no server to ask";
    if (!connection_) return query_next();
    deadline_.arm(context_.home.now() + context_.patience());
    send();
}

void redis_enquirer::query_next() {
    if (servers_.empty()) return std::exchange(then_, nullptr)(nullptr, error_);
    deadline_.arm(context_.home.now() + context_.patience());
    connected_to_ = servers_.front();
    servers_.erase(servers_.begin());
    lookup_ = std::make_unique<named_addresses>(context_.home, std::vector{connected_to_});
    lookup_->find([this](const redis_addresses::result& addresses) {
        if (addresses.found.empty()) next(addresses.error);
        else connect(addresses.found);
    });
}

void redis_enquirer::connect(const std::vector<net::tcp_endpoint>& found) {
    address_ = found[context_.random() % found.size()];
    connection_ = redis_connection::make(context_.home, *this);
    if (!connection_->connect(address_)) return next(connection_->error());
    if (authenticate_) {
        redis_command words{};
        add_words(words, handshake_step::authenticate, context_.settings, {});
        connection_->send(std::make_unique<query_request>(*this, false), words,
                          net::time_point::max());
    }
    send();
}

void redis_enquirer::send() {
    redis_command words{};
    for (const auto& word : words_) words.add(word);
    connection_->send(std::make_unique<query_request>(*this, true), words, net::time_point::max());
}

void redis_enquirer::on_query_reply(const redisReply& reply) {
    // Sentinels may require the servers' password, or none.
    if (!authenticate_ && text_of(reply).starts_with("NOAUTH") &&
        !context_.settings.password.empty()) {
        authenticate_ = true;
        servers_.insert(servers_.begin(), connected_to_);
        return next(text_of(reply));
    }
    if (const auto wrong = accept_(reply); !wrong.empty()) return next(wrong);
    deadline_.disarm();
    if (const auto then = std::exchange(then_, nullptr)) then(&reply, {});
}

void redis_enquirer::on_lost(std::string_view reason) {
    if (then_) next(reason);
    else detach();
}

void redis_enquirer::next(std::string_view reason) {
    error_ = fmt::format("{}: {}", to_text(connected_to_), reason);
    detach();
    query_next();
}

void redis_enquirer::detach() {
    deadline_.disarm();
    if (const auto doomed = std::move(connection_)) doomed->close(failure::unavailable);
}

} // namespace thalamus::store
