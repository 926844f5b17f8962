#pragma once
// Redis as it is run for production, on three hosts of a test's network: a primary, its replica,
// and a Sentinel on each host. What they hold outlives a restart (appendonly).

#include "tests/failures/network.hpp"
#include "tests/support/gateway.hpp"

#include <array>
#include <memory>

namespace thalamus::test {

class redis_hosts {
public:
    static constexpr std::array<const char*, 3> hosts{"store-1", "store-2", "store-3"};
    static constexpr milliseconds down_after{1000}; ///< of the Sentinels

    /// @pre the network has `hosts`. Returns once the Sentinels agree on a primary with a replica.
    explicit redis_hosts(const network& on);

    /// The value of `store.redis`.
    std::string setting() const;

    std::size_t first_server() const { return 0; } ///< the primary until a failover
    process& server(std::size_t index) { return *servers_[index]; }
    void start_server(std::size_t index);
    /// SIGKILL
    void kill_server(std::size_t index) { servers_[index].reset(); }
    /// All servers and Sentinels, in order (SIGTERM).
    void stop();
    /// Returns once the servers answer and Sentinels name a primary.
    void start();

    /// One command; what redis-cli prints. @throws test_error where it cannot be carried out
    std::string ask(std::size_t server, std::vector<std::string> words) const;
    /// The host of the primary, as most Sentinels see it; empty if they do not agree.
    std::string primary() const;

private:
    std::string cli(std::size_t host, const char* port, std::vector<std::string> words) const;
    void start_sentinel(std::size_t index);
    bool sentinels_are_ready() const;

    const network& network_;
    temporary_folder folder_;
    std::array<std::unique_ptr<process>, 2> servers_;
    std::array<std::unique_ptr<process>, 3> sentinels_;
};

} // namespace thalamus::test
