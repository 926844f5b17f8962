#pragma once
// Real Redis servers and Sentinels for tests, on ports of their own of 127.0.0.1, each with a
// folder of its own, gone with the object. Nothing is kept on disk unless a test asks for it.

#include "tests/support/ports.hpp"
#include "tests/support/process.hpp"
#include "tests/support/redis_client.hpp"

#include <csignal>
#include <filesystem>
#include <memory>

namespace thalamus::test {

class redis_server {
public:
    /// `options` as redis-server takes them: {"--maxmemory", "1"}. Returns once it answers.
    explicit redis_server(std::vector<std::string> options = {});
    ~redis_server();
    redis_server(const redis_server&) = delete;

    std::uint16_t port() const { return port_.number(); }
    std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
    const std::string& folder() const { return folder_; }
    /// On a connection of its own.
    redis_answer ask(const std::vector<std::string>& words, deadline until = 5s) const;

    void freeze() { process_->signal(SIGSTOP); }
    void thaw() { process_->signal(SIGCONT); }
    /// SIGKILL; returns when it is gone.
    void kill();
    /// Again, on the same port with the same options, after kill().
    void start();
    bool running() { return process_ && process_->running(); }
    std::string log() const { return process_ ? process_->standard_output() : std::string(); }

private:
    reserved_port port_;
    std::string folder_;
    std::vector<std::string> options_;
    std::unique_ptr<process> process_;
};

/// A primary, a replica of it, and Sentinels that watch the primary under the name `main`.
class redis_sentinels {
public:
    explicit redis_sentinels(milliseconds down_after = 500ms, unsigned sentinels = 3,
                             std::vector<std::string> server_options = {});
    ~redis_sentinels();

    static constexpr const char* primary_name = "main";
    redis_server& first() { return first_; }   ///< the primary at first
    redis_server& second() { return second_; } ///< its replica at first
    std::vector<std::uint16_t> ports() const;
    process& sentinel(std::size_t index) { return *sentinels_[index]; }
    /// The primary's port, as the first Sentinel sees it.
    std::uint16_t primary_port() const;

private:
    redis_server first_, second_;
    std::string folder_;
    std::vector<std::unique_ptr<reserved_port>> ports_;
    std::vector<std::unique_ptr<process>> sentinels_;
};

/// A Redis Cluster of primaries without replicas; the slots are divided evenly.
class redis_cluster_servers {
public:
    explicit redis_cluster_servers(std::size_t primaries = 3);

    static constexpr unsigned slots = 16384;
    std::size_t size() const { return servers_.size(); }
    redis_server& server(std::size_t index) { return *servers_[index]; }
    std::vector<std::uint16_t> ports() const;
    std::size_t owner_of(unsigned slot) const;
    std::string id(std::size_t index) const;
    /// Moves a slot with its keys.
    void migrate(unsigned slot, std::size_t from, std::size_t to);

private:
    std::vector<std::unique_ptr<reserved_port>> buses_; // on which the servers talk to each other
    std::vector<std::unique_ptr<redis_server>> servers_;
};

} // namespace thalamus::test
