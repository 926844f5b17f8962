// The program thalamus-test: thalamus with POST /test/kill on the admin port, which ends one actor
// as a fault would, so that tests can see what that costs.

#include "app/command_line.hpp"
#include "net/on_reactor.hpp"

#include <nlohmann/json.hpp>

namespace thalamus::app {
namespace {

/// The actor of a kind ("router", "authenticator", "rate_limiter", "upstream", "connection"), if
/// one is there. On the thread of `context`.
caf::actor find_actor(actors::reactor_context& context, const std::string& kind) {
    if (kind == "router") return context.router;
    if (kind == "authenticator") return context.authenticator;
    if (kind == "rate_limiter") return context.rate_limiter;
    if (kind == "upstream" && !context.upstreams.empty()) return context.upstreams.front();
    if (kind == "connection" && !context.connections.empty())
        return caf::actor_cast<caf::actor>(context.connections.front().handle());
    return {};
}

std::pair<unsigned, std::string> kill_actor(reactor_contexts contexts, std::string_view body) {
    const auto call = nlohmann::json::parse(body, nullptr, false);
    if (!call.is_object() || !call.contains("actor") || !call.at("actor").is_string())
        return {400, R"({"error":"want {\"actor\": ..., \"reactor\": 0}"})"};
    const auto kind = call.at("actor").get<std::string>();
    const auto reactor = call.value("reactor", 0u);
    bool killed = false;
    if (reactor < contexts.size())
        net::on_reactor(contexts[reactor]->home, [&] {
            const auto actor = find_actor(*contexts[reactor], kind);
            if (actor) caf::anon_send_exit(actor, caf::exit_reason::kill);
            killed = static_cast<bool>(actor);
        });
    return {killed ? 200 : 404, nlohmann::json{{"killed", killed}}.dump()};
}

actors::admin_calls test_calls(reactor_contexts contexts) {
    return {{"POST /test/kill",
             [contexts](std::string_view body) { return kill_actor(contexts, body); }}};
}

} // namespace
} // namespace thalamus::app

int main(int argc, char** argv) {
    return thalamus::app::command_line(argc, argv, thalamus::app::test_calls);
}
