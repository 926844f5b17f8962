#pragma once
// Nodes of a cluster within the test's process, each with an actor system of its own, on loopback.

#include "cluster/certificates.hpp"
#include "cluster/node.hpp"
#include "net/actor_runtime.hpp"
#include "tests/support/waiting.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>

namespace thalamus::cluster::test {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using thalamus::test::deadline;
using thalamus::test::eventually;

/// A directory with certificates, gone with the test.
class certificates {
public:
    explicit certificates(const std::vector<std::string>& nodes) {
        auto name = (std::filesystem::temp_directory_path() / "thalamus-XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        path_ = name;
        make_certificates(name, nodes);
    }
    ~certificates() { std::filesystem::remove_all(path_); }
    certificates(const certificates&) = delete;

    std::string operator/(const std::string& file) const { return (path_ / file).string(); }
    config::tls_files of(const std::string& node) const {
        return {*this / (node + ".pem"), *this / (node + ".key"), *this / "ca.pem"};
    }

private:
    std::filesystem::path path_;
};

class running_node {
public:
    /// Port 0 takes a free one.
    running_node(const std::string& name, std::vector<std::uint16_t> seeds,
                 std::optional<config::tls_files> tls = {}, std::uint16_t port = 0)
        : config_(1) {
        node::prepare(config_);
        system_ = std::make_unique<caf::actor_system>(config_);
        config::cluster_settings how;
        how.bind = {"127.0.0.1", port};
        for (const auto seed : seeds) how.seeds.push_back({"127.0.0.1", seed});
        how.tls = std::move(tls);
        how.heartbeat = 100ms;
        how.suspect_after = 500ms;
        how.dead_after = 1500ms;
        node_ = std::make_unique<node>(*net::reactors_of(*system_).front(), name, how,
                                       node_status{"0.1", "abc", 0, store_state::ok, false, false});
    }

    node& operator*() { return *node_; }
    node* operator->() { return node_.get(); }
    std::uint16_t port() const { return node_->address().port(); }
    net::reactor& reactor() { return *net::reactors_of(*system_).front(); }
    void leave() { node_.reset(); }

    bool sees(std::size_t alive, deadline until = 10s) {
        return eventually(
            [&] {
                const auto v = node_->current();
                return v->known() == alive && v->alive == alive;
            },
            until);
    }
    /// Alive members that are linked with this node.
    bool linked_with(std::size_t others, deadline until = 10s) {
        return eventually(
            [&] {
                std::size_t n = 0;
                for (const auto& m : node_->current()->members)
                    if (m.direct) ++n;
                return n == others + 1;
            },
            until);
    }
    std::optional<member_state> state_of(const std::string& name) {
        const auto v = node_->current();
        const auto* m = v->find(name);
        return m ? std::optional(m->state) : std::nullopt;
    }
    std::optional<std::string> call(const std::string& peer, std::uint32_t method,
                                    const std::string& payload, milliseconds timeout = 5s) {
        auto reply = std::make_shared<std::promise<std::optional<std::string>>>();
        auto result = reply->get_future();
        node_->call(peer, method, payload, timeout,
                    [reply](auto payload) { reply->set_value(std::move(payload)); });
        return result.get();
    }

private:
    net::runtime_config config_;
    std::unique_ptr<caf::actor_system> system_;
    std::unique_ptr<node> node_;
};

} // namespace thalamus::cluster::test
