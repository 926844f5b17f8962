#pragma once
// Three nodes of a cluster on this machine, for tests.

#include "tests/support/gateway.hpp"

#include <array>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace thalamus::test {

class cluster_nodes : public testing::Test {
protected:
    cluster_nodes() {
        for (int i = 0; i < 3; ++i) ports_.push_back(std::make_unique<reserved_port>());
    }

    /// Node `number` of three; `config` is what they have in common, but for `store`.
    void start(std::size_t number, const std::string& config, const std::string& store = "off",
               bool wait_ready = true) {
        std::string seeds;
        for (const auto& p : ports_) seeds += "\"127.0.0.1:" + std::to_string(p->number()) + "\", ";
        gateway_options options;
        options.wait_ready = wait_ready;
        if (const auto off = clocks_[number]; off != 0) {
            options.binary = thalamus_test_binary();
            options.environment["THALAMUS_TEST_CLOCK_OFF"] = std::to_string(off);
        }
        const auto text =
            "node: {name: n" + std::to_string(number) + ", reactors: 2}\n" +
            "cluster: {bind: \"127.0.0.1:" + std::to_string(ports_[number]->number()) +
            "\", seeds: [" + seeds +
            "], heartbeat: 100ms, suspect_after: 500ms, dead_after: 1500ms}\n" +
            "store: {redis: " + store + ", timeout: 500ms}\n" + config;
        nodes_.resize(3);
        nodes_[number] = std::make_unique<gateway>(text, values_, options);
    }
    void start_all(const std::string& config, const std::string& store = "off") {
        for (std::size_t i = 0; i < 3; ++i) start(i, config, store);
        ASSERT_TRUE(everyone_sees({"alive", "alive", "alive"}));
    }
    gateway& node(std::size_t i) { return *nodes_[i]; }

    std::map<std::string, nlohmann::json> members(std::size_t seen_by) {
        std::map<std::string, nlohmann::json> all;
        const auto said = nlohmann::json::parse(node(seen_by).admin("GET", "/cluster").body);
        for (auto& m : said["members"]) all[m["name"]] = m;
        return all;
    }
    /// The states of n0, n1 and n2, as all see them that are asked.
    bool everyone_sees(const std::vector<std::string>& states,
                       std::vector<std::size_t> asked = {0, 1, 2}) {
        return eventually([&] {
            for (const auto by : asked) {
                auto seen = members(by);
                for (std::size_t i = 0; i < 3; ++i)
                    if (seen["n" + std::to_string(i)]["state"] != states[i]) return false;
            }
            return true;
        });
    }

    /// By how many seconds the clock of each node is wrong; wants the program with test hooks.
    std::array<int, 3> clocks_{};
    gateway::values values_;
    std::vector<std::unique_ptr<reserved_port>> ports_;
    std::vector<std::unique_ptr<gateway>> nodes_;
};

} // namespace thalamus::test
