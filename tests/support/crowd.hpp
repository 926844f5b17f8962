#pragma once
// Clients that send the same request, each on a connection of its own, and wait for its answer.

#include "tests/support/gateway.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace thalamus::test {

class crowd {
public:
    /// Returns when all their requests are in flight.
    crowd(const gateway& before, int count, std::string request)
        : gateway_(before),
          request_(std::move(request)) {
        for (int i = 0; i < count; ++i)
            clients_.push_back(std::make_unique<raw_client>(before.port()));
        send();
        EXPECT_TRUE(in_flight(count));
    }
    void send() {
        for (const auto& each : clients_) each->send(request_);
    }
    void expect(int status) {
        for (const auto& each : clients_) EXPECT_EQ(each->read().status, status);
    }
    /// The first few leave.
    void reset(int count) {
        for (int i = 0; i < count; ++i) clients_[static_cast<std::size_t>(i)]->reset();
        clients_.erase(clients_.begin(), clients_.begin() + count);
        EXPECT_TRUE(in_flight(static_cast<int>(clients_.size())));
    }

private:
    bool in_flight(int count) const {
        return eventually([&] { return gateway_.metric("thalamus_exchanges_in_flight") == count; },
                          10s);
    }

    const gateway& gateway_;
    const std::string request_;
    std::vector<std::unique_ptr<raw_client>> clients_;
};

/// Ends an actor on both reactors of a program with test hooks, as a fault would.
inline void end_actors(const gateway& of, const std::string& kind) {
    for (unsigned reactor = 0; reactor < 2; ++reactor) {
        const nlohmann::json call{{"actor", kind}, {"reactor", reactor}};
        EXPECT_EQ(of.admin("POST", "/test/kill", {}, call.dump()).status, 200);
    }
}

} // namespace thalamus::test
