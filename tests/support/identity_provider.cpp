#include "tests/support/identity_provider.hpp"

#include "tests/support/paths.hpp"
#include "tests/support/secrets.hpp"

#include <csignal>

namespace thalamus::test {

using nlohmann::json;

identity_provider::identity_provider(std::vector<std::string> options)
    : options_(std::move(options)) {
    start();
}

void identity_provider::stop() {
    program_->signal(SIGKILL);
    if (!program_->wait_exit(5s)) throw timed_out("thalamus-demo-idp survives SIGKILL");
}

void identity_provider::start() {
    std::vector<std::string> command{program_path("thalamus-demo-idp").string(), "--port",
                                     std::to_string(port())};
    command.insert(command.end(), options_.begin(), options_.end());
    program_ = std::make_unique<process>(command);
    const bool listens = eventually(
        [&] {
            if (!program_->running())
                throw test_error("thalamus-demo-idp ended: " + program_->standard_error());
            return program_->standard_output() == "listening on " + address() + "\n";
        },
        10s);
    if (!listens) throw timed_out("thalamus-demo-idp does not listen");
}

response identity_provider::ask(std::string_view method, std::string_view target,
                                const std::vector<field>& fields, std::string_view body) const {
    return raw_client(port()).ask(method, target, fields, body);
}

json identity_provider::demand(std::string_view method, std::string_view target,
                               const json& body) const {
    const auto answer = ask(method, target, {}, body.is_null() ? "" : body.dump());
    if (answer.status != 200)
        throw test_error(std::string(target) + ": " + std::to_string(answer.status) + " " +
                         answer.body);
    return json::parse(answer.body);
}

std::string identity_provider::token(const json& wanted) const {
    return keep_secret(demand("POST", "/token", wanted).at("access_token"));
}

void identity_provider::rotate(bool retire) const {
    demand("POST", "/control/rotate", {{"retire", retire}});
}

void identity_provider::down(bool is_down) const {
    demand("POST", "/control/down", {{"down", is_down}});
}

void identity_provider::revoke(const std::string& token) const {
    demand("POST", "/control/revoke", {{"token", token}});
}

json identity_provider::statistics() const { return demand("GET", "/control/statistics"); }

} // namespace thalamus::test
