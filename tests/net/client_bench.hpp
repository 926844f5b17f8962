#pragma once
// An http_client on a reactor of its own, called from the test's thread.

#include "net/actor_runtime.hpp"
#include "net/http_client.hpp"
#include "net/on_reactor.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/recording_target.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <map>

namespace thalamus::net {

using namespace std::chrono_literals;
using kind = http_failure::kind;

class client_bench : public ::testing::Test {
protected:
    static constexpr std::size_t most_body = 1 << 20;

    ~client_bench() override {
        on_reactor([&] {
            calls_.clear();
            client_.reset();
        });
    }

    void on_reactor(const std::function<void()>& f) { net::on_reactor(home_, f); }

    void connect_to(const config::endpoint& server, const http_client::settings& how = {},
                    name_lookup_settings look_up = {}) {
        on_reactor([&] {
            client_ = std::make_unique<http_client>(home_, server, how, std::move(look_up));
        });
    }
    void connect_to(const test::recording_target& server, const http_client::settings& how = {}) {
        connect_to({"127.0.0.1", server.port()}, how);
    }

    void connect_to(const std::string& name, std::uint16_t port, const test::dns_server& names,
                    const http_client::settings& how = {}) {
        connect_to({name, port}, how, {names.address()});
    }

    /// A call under way: its number, to cancel it, and what will come of it.
    struct asked {
        int number;
        std::future<http_result> result;

        http_result get() {
            if (result.wait_for(10s) != std::future_status::ready)
                throw test::timed_out("the handler was not called");
            return result.get(); // future_error: it was destroyed uncalled
        }
        /// @throws std::bad_variant_access for a failure
        http_response answer() { return std::get<http_response>(get()); }
        kind failure() { return std::get<http_failure>(get()).what; }
        bool cancelled() {
            if (result.wait_for(10s) != std::future_status::ready) return false;
            try {
                result.get();
                return false;
            } catch (const std::future_error&) {
                return true;
            }
        }
        bool pending() { return result.wait_for(0s) != std::future_status::ready; }
    };

    asked ask(
        http_request request = {}, std::chrono::milliseconds within = 10s,
        std::size_t max_body = most_body, std::function<void()> then = [] {}) {
        auto promise = std::make_shared<std::promise<http_result>>();
        asked made{next_++, promise->get_future()};
        on_reactor([&] {
            calls_[made.number] =
                client_->call(std::move(request), home_.refresh_now() + within, max_body,
                              [promise = std::move(promise), then](http_result result) mutable {
                                  const auto keep =
                                      std::move(promise); // `then` may destroy this handler's call
                                  then();
                                  keep->set_value(std::move(result));
                              });
        });
        return made;
    }
    asked get(std::string target, std::chrono::milliseconds within = 10s) {
        http_request request;
        request.target = std::move(target);
        return ask(std::move(request), within);
    }
    static http_request post(std::string body) {
        http_request request;
        request.method = "POST";
        request.body = std::move(body);
        return request;
    }
    void cancel(const asked& which) {
        on_reactor([&] { calls_.erase(which.number); });
    }

    runtime_config config_{1};
    caf::actor_system system_{config_};
    reactor& home_{*reactors_of(system_).front()};
    std::unique_ptr<http_client> client_;
    std::map<int, std::unique_ptr<http_call>> calls_; // the reactor's
    int next_ = 0;
};

} // namespace thalamus::net
