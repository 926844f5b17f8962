#include "actors/admin/admin_access.hpp"

#include "actors/admin/admin_responses.hpp"
#include "actors/identity/credential_store.hpp"
#include "base/json_object.hpp"
#include "base/utc_text.hpp"
#include "config/reader.hpp"
#include "policies/auth/introspection.hpp"

#include <algorithm>
#include <optional>
#include <variant>

namespace thalamus::actors {

namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;
using added = replicated_set::added;

constexpr std::size_t longest_name = 1024, most_groups = 16;

void respond(exchange& ex, unsigned status, const json& what) {
    respond_json(ex, status, what.dump(-1, ' ', false, json::error_handler_t::replace));
}

/// Returns false if the entry was not added, and then fails the exchange.
bool explain(exchange& ex, added how) {
    if (how != added::full) return true;
    ex.fail(507, "too many revocations or API keys are stored",
            "let revocations expire with their tokens, and revoke unused API keys");
    return false;
}

std::optional<system_clock::time_point> to_time(const json& value) {
    constexpr double latest = 9e9; // the year 2255
    if (!value.is_number()) return std::nullopt;
    const auto given = value.get<double>();
    if (!(given >= 0 && given <= latest)) return std::nullopt;
    return system_clock::time_point(
        std::chrono::duration_cast<system_clock::duration>(std::chrono::duration<double>(given)));
}

struct complaint {
    std::string_view what, remedy;
};

std::variant<auth::revocation, complaint> read_revocation(std::string_view body) {
    using kind = auth::revocation::kind;
    constexpr std::string_view example =
        R"(for example {"jti": "...", "expires": 1730000000}; or sub, or consumer, instead of jti)";
    const auto given = base::parse_object(body);
    if (!given) return complaint{"the body is not a JSON object", example};
    auth::revocation what;
    int named = 0;
    for (const auto& [key, value] : given->items()) {
        if (key == "jti" || key == "sub" || key == "consumer") {
            if (!value.is_string())
                return complaint{"jti, sub and consumer must be strings", example};
            what.type = key == "jti" ? kind::token : key == "sub" ? kind::subject : kind::consumer;
            what.name = value.get<std::string>();
            ++named;
        } else if (key != "expires" && key != "issued_before") {
            return complaint{"unknown member", example};
        }
    }
    if (named != 1) return complaint{"exactly one of jti, sub and consumer is required", example};
    if (what.name.empty() || what.name.size() > longest_name)
        return complaint{"the revoked name is empty or longer than 1024 bytes", example};
    const auto now = system_clock::now();
    const auto expires = given->find("expires");
    const auto ends = expires == given->end() ? std::nullopt : to_time(*expires);
    if (!ends || *ends <= now)
        return complaint{"expires is missing or not in the future",
                         "in seconds since 1970: when the revoked tokens would have expired"};
    what.expires = *ends;
    const auto before = given->find("issued_before");
    if (what.type != kind::subject) {
        if (before != given->end())
            return complaint{"issued_before is allowed only with sub", example};
        return what;
    }
    // `iat` is in whole seconds: a token of the current second may have been issued before now.
    const auto issued = before == given->end()
                            ? std::optional(system_clock::time_point(
                                  std::chrono::floor<seconds>(now.time_since_epoch()) + seconds(1)))
                            : to_time(*before);
    if (!issued) return complaint{"issued_before is not a time", "in seconds since 1970"};
    what.issued_before = *issued;
    return what;
}

std::function<void(added)> serve_revocation(const exchange_ptr& exchange) {
    return [exchange](added how) {
        if (exchange->decided() || !explain(*exchange, how)) return;
        respond(*exchange, 200, {{"revoked", true}, {"stored", how == added::stored}});
    };
}

/// The longest time that any auth method accepts a token after its `exp`.
std::chrono::milliseconds longest_leeway(const config::snapshot& of) {
    std::chrono::milliseconds longest{0};
    for (const auto& auth_method : of.auth) {
        if (const auto* jwt = std::get_if<config::jwt_settings>(&auth_method.auth_method))
            longest = std::max(longest, jwt->leeway);
        if (std::holds_alternative<config::introspection_settings>(auth_method.auth_method))
            longest = std::max(longest, auth::introspection_leeway);
    }
    return longest;
}

void revoke(const exchange_ptr& exchange, std::string_view body) {
    const auto read = read_revocation(body);
    if (const auto* why = std::get_if<complaint>(&read)) {
        exchange->fail(400, why->what, why->remedy);
        return;
    }
    auto what = std::get<auth::revocation>(read);
    if (what.type != auth::revocation::kind::consumer)
        what.expires += longest_leeway(exchange->context().node.plan.snapshot());
    caf::anon_send(exchange->context().node.credential_store,
                   revoke_access{std::move(what), serve_revocation(exchange)});
}

/// Fails with 503 if keys that this node does not know may exist in the store.
bool knows_keys(exchange& ex) {
    const auto& credential_state = ex.context().node.credential_state;
    if (credential_state.known && credential_state.complete) return true;
    ex.fail(503, "the API keys in the store are not loaded yet", "retry, or ask another node");
    return false;
}

void list_keys(exchange& ex, std::string_view consumer) {
    if (!knows_keys(ex)) return;
    json keys = json::array();
    for (const auto& key : ex.context().node.credential_state.keys.keys_of(consumer))
        keys.push_back({{"id", key.id}, {"created", base::rfc3339_seconds(key.created)}});
    respond(ex, 200, {{"consumer", consumer}, {"keys", std::move(keys)}});
}

void make_key(const exchange_ptr& exchange, std::string_view consumer, std::string_view body) {
    issue_key wanted;
    wanted.consumer = consumer;
    if (!body.empty()) {
        constexpr std::string_view example = R"(send an empty body, or {"groups": ["partners"]})";
        const auto given = base::parse_object(body);
        const auto groups = given ? given->find("groups") : json::const_iterator{};
        if (!given || given->size() > 1 || (given->size() == 1 && groups == given->end()))
            return exchange->fail(400, "the body does not describe an API key", example);
        if (given->size() == 1) {
            const auto& all = exchange->context().node.plan.snapshot().consumers;
            if (std::ranges::find(all, consumer, &config::consumer_settings::name) != all.end())
                return exchange->fail(409,
                                      "the configuration already sets the groups of that consumer",
                                      "omit groups");
            if (!groups->is_array() || groups->size() > most_groups ||
                !std::ranges::all_of(*groups, [](const json& each) {
                    return each.is_string() && config::is_name(each.get_ref<const std::string&>());
                }))
                return exchange->fail(400, "groups is not a list of at most 16 names", example);
            wanted.groups = groups->get<std::vector<std::string>>();
        }
    }
    wanted.then = [exchange](added how, const auth::issued_key& made, const std::string& key) {
        if (exchange->decided() || !explain(*exchange, how)) return;
        respond(*exchange, 201,
                {{"id", made.id},
                 {"key", key},
                 {"created", base::rfc3339_seconds(made.created)},
                 {"stored", how == added::stored}});
    };
    caf::anon_send(exchange->context().node.credential_store, std::move(wanted));
}

void delete_key(const exchange_ptr& exchange, std::string_view consumer, std::string_view id) {
    if (!knows_keys(*exchange)) return;
    auto& node = exchange->context().node;
    const auto keys = node.credential_state.keys.keys_of(consumer);
    const auto at = std::ranges::find(keys, id, &auth::issued_key::id);
    if (at == keys.end())
        return exchange->fail(
            404, "that consumer has no such API key",
            "GET /consumers/NAME/keys lists the keys issued through the admin port");
    caf::anon_send(node.credential_store, revoke_key{*at, serve_revocation(exchange)});
}

} // namespace

bool call_access(const exchange_ptr& exchange, std::string_view method, std::string_view path,
                 std::string_view body) {
    auto& ex = *exchange;
    if (path == "/revocations") {
        if (method == "POST") revoke(exchange, body);
        else refuse_method(ex, "POST");
        return true;
    }
    constexpr std::string_view consumers = "/consumers/", keys = "/keys";
    if (!path.starts_with(consumers)) return false;
    auto rest = path.substr(consumers.size());
    const auto consumer = rest.substr(0, rest.find('/'));
    rest.remove_prefix(consumer.size());
    if (!rest.starts_with(keys) || !config::is_name(consumer)) return false;
    rest.remove_prefix(keys.size());
    if (rest.empty()) {
        if (method == "GET" || method == "HEAD") list_keys(ex, consumer);
        else if (method == "POST") make_key(exchange, consumer, body);
        else refuse_method(ex, "GET, HEAD, POST");
        return true;
    }
    const auto id = rest.substr(1);
    if (rest.front() != '/' || id.empty() || id.find('/') != id.npos) return false;
    if (method == "DELETE") delete_key(exchange, consumer, id);
    else refuse_method(ex, "DELETE");
    return true;
}

} // namespace thalamus::actors
