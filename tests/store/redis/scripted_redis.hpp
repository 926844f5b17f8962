#pragma once
// A server that sits where Redis should, and says what the test wants. One thread per connection.

#include "tests/support/socket.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace thalamus::store {

class scripted_redis {
public:
    using words = std::vector<std::string>;
    /// The bytes to answer with; none: mute.
    using answer = std::function<std::string(const words&)>;

    explicit scripted_redis(answer say) : answer_(std::move(say)) {
        acceptor_ = std::thread([this] {
            while (!ends_) {
                auto client =
                    std::make_shared<test::socket>(listener_.accept(std::chrono::hours(1)));
                if (!client->valid()) return;
                const std::lock_guard lock(mutex_);
                clients_.push_back(client);
                threads_.emplace_back([this, client] { serve(*client); });
            }
        });
    }
    ~scripted_redis() {
        ends_ = true;
        listener_.shutdown();
        acceptor_.join();
        for (const auto& client : clients_) client->shutdown();
        for (auto& thread : threads_) thread.join();
    }

    std::uint16_t port() const { return port_; }
    /// From now on.
    void say(answer what) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(what);
    }

    /// As a primary that can do nothing else: what a connection is greeted with.
    static std::string greet(const words& command) {
        if (command[0] == "ROLE") return "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
        if (command[0] == "PING") return "+PONG\r\n";
        return "+OK\r\n";
    }
    static bool greets(const words& command) {
        return command[0] == "ROLE" || command[0] == "PING" || command[0] == "EVAL";
    }

private:
    void serve(test::socket& client) try {
        std::string received;
        while (client.receive(received, std::chrono::hours(1))) {
            while (const auto command = take(received)) {
                answer say;
                {
                    const std::lock_guard lock(mutex_);
                    say = answer_;
                }
                if (const auto reply = say(*command); !reply.empty()) client.send(reply);
            }
        }
    } catch (const test::test_error&) { // the store has hung up
    }

    static std::optional<words> take(std::string& from) {
        std::size_t at = 0;
        const auto number = [&]() -> std::optional<std::size_t> {
            const auto end = from.find("\r\n", at);
            if (end == from.npos) return std::nullopt;
            const auto value = std::stoul(from.substr(at + 1, end - at - 1));
            at = end + 2;
            return value;
        };
        const auto count = number();
        if (!count) return std::nullopt;
        words command;
        for (std::size_t i = 0; i < *count; ++i) {
            const auto size = number();
            if (!size || from.size() < at + *size + 2) return std::nullopt;
            command.push_back(from.substr(at, *size));
            at += *size + 2;
        }
        from.erase(0, at);
        return command;
    }

    std::atomic<bool> ends_ = false;
    test::socket listener_ = test::socket::listen();
    const std::uint16_t port_ = listener_.local_port();
    std::mutex mutex_;
    answer answer_;
    std::vector<std::shared_ptr<test::socket>> clients_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

} // namespace thalamus::store
