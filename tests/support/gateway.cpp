#include "tests/support/gateway.hpp"

#include "tests/support/paths.hpp"
#include "tests/support/secrets.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace thalamus::test {
namespace {

bool has_section(std::string_view config, const std::string& name) {
    return config.starts_with(name + ":") ||
           config.find("\n" + name + ":") != std::string_view::npos;
}

std::string complete(std::string_view config) {
    std::string all;
    auto otherwise = [&](const char* name, const char* text) {
        if (!has_section(config, name)) all += std::string(name) + ": " + text + "\n";
    };
    otherwise("node", "{name: test, reactors: 2}");
    otherwise("listen", "[{bind: \"127.0.0.1:@listen@\"}]");
    otherwise("admin", "{bind: \"127.0.0.1:@admin@\"}");
    otherwise("log", "{level: error, access: {to: stdout}}");
    return all + std::string(config);
}

std::string filled(std::string text, const gateway::values& known) {
    for (auto& [name, value] : known) {
        auto hole = "@" + name + "@";
        for (std::size_t at; (at = text.find(hole)) != std::string::npos;)
            text.replace(at, hole.size(), value);
    }
    return text;
}

response ask_port(std::uint16_t port, std::string_view method, std::string_view target,
                  const std::vector<field>& fields, std::string_view body) {
    raw_client client(port);
    auto answer = client.ask(method, target, fields, body);
    return answer;
}

} // namespace

std::string thalamus_binary() { return program_path("thalamus").string(); }
std::string thalamus_test_binary() { return program_path("thalamus-test").string(); }

temporary_folder::temporary_folder() {
    auto name = (std::filesystem::temp_directory_path() / "thalamus-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw test_error("mkdtemp " + name);
    path_ = name;
}

temporary_folder::~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string temporary_folder::write(const std::string& name, std::string_view content) const {
    auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

gateway::gateway(std::string_view config, const values& known, const gateway_options& options) {
    auto all = known;
    all["listen"] = std::to_string(port());
    all["admin"] = std::to_string(admin_port());
    all["dir"] = folder().string();
    for (auto& [name, content] : options.files) folder_.write(name, content);
    auto file = folder_.write("gateway.yaml", filled(complete(config), all));
    program_ = std::make_unique<process>(
        std::vector<std::string>{options.binary, "run", "-c", file}, options.environment);
    if (options.wait_ready) wait_ready();
}

gateway::~gateway() {
    for (const auto& said : {program_->standard_output(), program_->standard_error()})
        if (const auto told = found_secret(said); !told.empty())
            ADD_FAILURE() << "the gateway has told a credential: ..." << told;
    if (!::testing::Test::HasFailure()) return;
    auto said = program_->standard_error();
    if (!said.empty())
        std::cerr << "the gateway said:\n"
                  << said.substr(said.size() > 4000 ? said.size() - 4000 : 0);
    if (auto exit = program_->wait_exit(0ms))
        std::cerr << "the gateway ended with " << *exit << "\n";
}

void gateway::wait_ready() {
    auto ready = [this] {
        if (!program_->running())
            throw test_error("the gateway ended: " + program_->standard_error());
        try {
            return admin("GET", "/ready").status == 200;
        } catch (const connection_lost&) { // not listening yet
            return false;
        }
    };
    if (!eventually(ready, 15s, 5ms))
        throw timed_out("the gateway is not ready: " + program_->standard_error());
}

response gateway::ask(std::string_view method, std::string_view target,
                      const std::vector<field>& fields, std::string_view body) const {
    return ask_port(port(), method, target, fields, body);
}

response gateway::admin(std::string_view method, std::string_view target,
                        const std::vector<field>& fields, std::string_view body) const {
    return ask_port(admin_port(), method, target, fields, body);
}

std::vector<nlohmann::json> gateway::access_log() const {
    std::vector<nlohmann::json> lines;
    auto text = program_->standard_output();
    for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
        auto line = nlohmann::json::parse(text.substr(at, end - at), nullptr, false);
        if (!line.is_object()) throw test_error("no JSON object: " + text.substr(at, end - at));
        lines.push_back(std::move(line));
    }
    return lines;
}

nlohmann::json gateway::wait_for_log(const std::function<bool(const nlohmann::json&)>& fits,
                                     deadline until) const {
    nlohmann::json found;
    auto look = [&] {
        for (auto& line : access_log())
            if (fits(line)) {
                found = line;
                return true;
            }
        return false;
    };
    if (!eventually(look, until, 5ms))
        throw timed_out("no such line in the access log: " + program_->standard_output());
    return found;
}

double gateway::metric(std::string_view series) const {
    auto text = admin("GET", "/metrics").body;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(series) && line.size() > series.size() && line[series.size()] == ' ')
            return std::strtod(line.c_str() + series.size(), nullptr);
    return 0;
}

} // namespace thalamus::test
