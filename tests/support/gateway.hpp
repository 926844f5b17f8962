#pragma once
// The real program, run on a configuration in a folder of its own. Starts in the constructor, is
// ready when that returns, and is killed by the destructor.

#include "tests/support/ports.hpp"
#include "tests/support/process.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/recording_target.hpp"

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace thalamus::test {

/// The program that users run (see tests/support/paths.hpp).
std::string thalamus_binary();
/// The same with test hooks.
std::string thalamus_test_binary();

/// A folder that is removed with its content.
class temporary_folder {
public:
    temporary_folder();
    ~temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::string write(const std::string& name, std::string_view content) const;

private:
    std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);

struct gateway_options {
    std::string binary = thalamus_binary();
    std::map<std::string, std::string> environment;
    std::map<std::string, std::string> files; ///< name -> content, beside the configuration
    bool wait_ready = true;
};

class gateway {
public:
    using values = std::map<std::string, std::string>;

    /// In `config`, @name@ stands for a value, @listen@ @admin@ for this gateway's ports, @dir@ for
    /// its folder. Of the sections node, listen, admin and log, those that it does not give get the
    /// tests' own: 2 reactors, loopback, errors only, access log on stdout.
    explicit gateway(std::string_view config, const values& known = {},
                     const gateway_options& options = {});
    ~gateway();

    std::uint16_t port() const { return listen_.number(); }
    std::uint16_t admin_port() const { return admin_.number(); }
    const std::filesystem::path& folder() const { return folder_.path(); }
    process& program() { return *program_; }

    /// One request on a connection of its own.
    response ask(std::string_view method, std::string_view target,
                 const std::vector<field>& fields = {}, std::string_view body = {}) const;
    response get(std::string_view target, const std::vector<field>& fields = {}) const {
        return ask("GET", target, fields);
    }
    response admin(std::string_view method, std::string_view target,
                   const std::vector<field>& fields = {}, std::string_view body = {}) const;

    /// The complete lines on stdout so far. @throws test_error if one is no JSON object
    std::vector<nlohmann::json> access_log() const;
    /// The first line that fits. @throws timed_out
    nlohmann::json wait_for_log(const std::function<bool(const nlohmann::json&)>& fits,
                                deadline until = 5s) const;
    /// The value of a metric line that starts with `series` (name and labels as printed), else 0.
    double metric(std::string_view series) const;

private:
    void wait_ready();

    reserved_port listen_, admin_;
    temporary_folder folder_;
    std::unique_ptr<process> program_;
};

} // namespace thalamus::test
