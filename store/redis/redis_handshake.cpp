#include "store/redis/redis_handshake.hpp"

#include "store/redis/redis_scripts.hpp"

#include <fmt/core.h>

namespace thalamus::store {

bool is_needed(handshake_step step, const config::redis_settings& settings) {
    switch (step) {
    case handshake_step::authenticate: return !settings.password.empty();
    case handshake_step::select_database: return settings.database != 0;
    case handshake_step::ask_role:
    case handshake_step::probe: return true;
    }
    return false;
}

void add_words(redis_command& command, handshake_step step, const config::redis_settings& settings,
               std::string_view probe_key) {
    switch (step) {
    case handshake_step::authenticate:
        command.add("AUTH");
        if (!settings.user.empty()) command.add(settings.user);
        command.add(settings.password);
        break;
    case handshake_step::select_database:
        command.add("SELECT").add(static_cast<std::int64_t>(settings.database));
        break;
    case handshake_step::ask_role: command.add("ROLE"); break;
    case handshake_step::probe:
        command.add("EVAL").add(probe_script).add("1").add(probe_key);
        break;
    }
}

std::string permission_advice(std::string_view error) {
    if (error.starts_with("NOAUTH"))
        return fmt::format("it requires a password ({}): set one in store.redis", error);
    if (error.starts_with("NOPERM"))
        return fmt::format(
            "the user in store.redis lacks a permission ({}): it needs the keys under "
            "store.prefix, and +get +set +del +eval +evalsha +time +ping +select, and +@sortedset "
            "+persist +pexpireat for sets",
            error);
    return fmt::format("it rejects the user or password in store.redis ({}): correct them", error);
}

objection object_to(handshake_step step, const redisReply& reply) {
    const auto kind = kind_of(reply);
    switch (step) {
    case handshake_step::authenticate:
        if (kind == reply_kind::value) return {};
        if (kind == reply_kind::no_permission) return {permission_advice(text_of(reply)), true};
        if (text_of(reply).find("without any password configured") != std::string_view::npos)
            return {"it has no password, but store.redis has one: remove it or set it there", true};
        return {fmt::format("AUTH: {}", text_of(reply)), kind == reply_kind::refused};
    case handshake_step::select_database:
        if (kind == reply_kind::value) return {};
        if (kind == reply_kind::refused)
            return {
                fmt::format("it does not have the database in store.redis ({})", text_of(reply)),
                true};
        break;
    case handshake_step::ask_role: {
        // A user without permission, or a server without this command: READONLY reveals a replica
        // later.
        if (kind == reply_kind::refused ||
            (kind == reply_kind::no_permission && !text_of(reply).starts_with("NOAUTH")))
            return {};
        const auto* const name = element_of(reply, 0);
        const auto role = name ? string_of(*name) : std::nullopt;
        if (role == "master") return {};
        if (role == "slave") return {"it is a replica, not the primary"};
        break;
    }
    case handshake_step::probe:
        switch (kind) {
        case reply_kind::value:
            if (reply.type == REDIS_REPLY_STATUS) return {};
            break;
        case reply_kind::moved:
        case reply_kind::ask:
        case reply_kind::try_again: return {}; // it is alive; the slot map is outdated
        default: break;
        }
        break;
    }
    if (kind == reply_kind::no_permission) return {permission_advice(text_of(reply)), true};
    if (kind == reply_kind::value)
        return {fmt::format("it does not reply like a Redis server: {}", text_of(reply))};
    return {std::string(text_of(reply))};
}

} // namespace thalamus::store
