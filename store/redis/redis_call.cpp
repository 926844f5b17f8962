#include "store/redis/redis_call.hpp"

#include "observe/program_log.hpp"
#include "store/redis/redis_reply.hpp"

namespace thalamus::store {

namespace {

template <class T>
using read = std::optional<T>;

read<std::optional<std::string>> value_of(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_NIL) return std::optional<std::string>();
    if (const auto text = string_of(reply)) return std::optional<std::string>(*text);
    // The key has something other than a string, so put() did not write it.
    if (reply.type == REDIS_REPLY_ERROR && text_of(reply).starts_with("WRONGTYPE"))
        return std::optional<std::string>();
    return std::nullopt;
}

} // namespace

const redis_script* redis_call::script() const {
    switch (type) {
    case kind::get:
    case kind::put:
    case kind::erase: break;
    case kind::take: return &script_of(ledger_call::take, *rule);
    case kind::give_back: return &script_of(ledger_call::give_back, *rule);
    case kind::charge: return &script_of(ledger_call::charge, *rule);
    case kind::add: return &script_of(set_call::add);
    case kind::remove: return &script_of(set_call::remove);
    case kind::scan: return &script_of(set_call::scan);
    }
    return nullptr;
}

void redis_call::add_words(redis_command& command) const {
    switch (type) {
    case kind::get: command.add("GET").add(key); return;
    case kind::put: command.add("SET").add(key).add(value).add("PX").add(a); return;
    case kind::erase: command.add("DEL").add(key); return;
    default: break;
    }
    if (whole_script) command.add("EVAL").add(script()->source);
    else command.add("EVALSHA").add(script()->sha1);
    command.add("1").add(key);
    switch (type) {
    case kind::add: return add_arguments(command, set_call::add, value, a);
    case kind::remove: return add_arguments(command, set_call::remove, value, 0);
    case kind::scan: return add_arguments(command, value, connection);
    default: return add_arguments(command, *rule, a, b);
    }
}

void redis_call::deliver(const redisReply& reply) {
    if (type == kind::get) {
        if (auto value = value_of(reply)) return std::get<0>(then_)(std::move(*value));
    } else if (type == kind::take) {
        if (const auto given = grant_of(reply)) return std::get<2>(then_)(*given);
    } else if (type == kind::scan) {
        if (auto page = page_of(reply, connection)) return std::get<3>(then_)(std::move(*page));
    } else {
        const int expected = type == kind::put ? REDIS_REPLY_STATUS : REDIS_REPLY_INTEGER;
        if (reply.type == expected) return std::get<1>(then_)(done{});
    }
    static observe::log_limit limit{1};
    observe::log_limited(limit, observe::log_level::warn, "redis rejected a command: {}",
                         text_of(reply));
    on_failure(failure::refused);
}

void redis_call::on_failure(failure reason) {
    counts_.failed(reason);
    std::visit([&](auto& then) { then(reason); }, then_);
}

void redis_call::on_reply(std::unique_ptr<redis_request> self, const redisReply& reply) {
    self.release();
    owner_.on_reply(std::unique_ptr<redis_call>(this), reply);
}

} // namespace thalamus::store
