#pragma once
// A reactor with one store on it, asked from the test's thread.

#include "net/actor_runtime.hpp"
#include "net/on_reactor.hpp"
#include "observe/program_log.hpp"
#include "store/open.hpp"
#include "tests/support/waiting.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <future>
#include <map>

namespace thalamus::store {

using namespace std::chrono_literals;

/// How a call ended, and when.
template <class T>
struct outcome {
    result<T> value{failure::unavailable};
    std::chrono::microseconds took{0};

    bool ok() const { return value.index() == 0; }
    const T& operator*() const { return std::get<0>(value); }
    const T* operator->() const { return &std::get<0>(value); }
    std::optional<failure> failed() const {
        return ok() ? std::nullopt : std::optional(std::get<1>(value));
    }
};

inline limits::rule rule_of(config::limit_algorithm algorithm, std::uint64_t count,
                            config::milliseconds period, std::uint64_t burst = 0,
                            std::string name = "rule") {
    config::rate_limit_settings settings;
    settings.name = std::move(name);
    settings.algorithm = algorithm;
    settings.count = count;
    settings.period = period;
    settings.burst = burst == 0 ? count : burst;
    return limits::rule(settings);
}

class bench {
public:
    using clock = std::chrono::steady_clock;

    bench() {
        std::signal(SIGPIPE, SIG_IGN);
        observe::start_program_log(observe::log_level::off);
    }
    ~bench() { close(); }

    void open(const config::store_settings& settings,
              std::shared_ptr<memory> shared = std::make_shared<memory>()) {
        on_reactor(
            [&] { store_ = thalamus::store::open(home, settings, std::move(shared), counts); });
    }
    void close() {
        on_reactor([&] { store_.reset(); });
    }

    void on_reactor(const std::function<void()>& f) { net::on_reactor(home, f); }
    bool available() {
        bool is = false;
        on_reactor([&] { is = store_ && store_->available(); });
        return is;
    }
    bool becomes_available(bool wanted = true, test::deadline until = 5s) {
        return test::eventually([&] { return available() == wanted; }, until);
    }

    /// Many calls at once: `count` times `one(i, handler)`, each timed on the reactor.
    template <class T>
    std::vector<outcome<T>> all(std::size_t count,
                                const std::function<void(std::size_t, handler<T>)>& one) {
        // Shared with the reactor, which may still be at it when the last handler was called.
        struct batch {
            std::vector<outcome<T>> outcomes;
            std::size_t left;
            std::promise<void> done;
        };
        const auto shared = std::make_shared<batch>();
        shared->outcomes.resize(count);
        shared->left = count;
        auto ready = shared->done.get_future();
        home.post([shared, one, count] {
            for (std::size_t i = 0; i < count; ++i)
                one(i, [shared, i, begin = clock::now()](result<T> value) {
                    shared->outcomes[i] = {std::move(value),
                                           std::chrono::duration_cast<std::chrono::microseconds>(
                                               clock::now() - begin)};
                    if (--shared->left == 0) shared->done.set_value();
                });
        });
        if (ready.wait_for(20s) != std::future_status::ready) {
            ADD_FAILURE() << "a handler was not called";
            return std::vector<outcome<T>>(count);
        }
        return shared->outcomes;
    }
    template <class T>
    outcome<T> one(const std::function<void(handler<T>)>& call) {
        return all<T>(1, [&](std::size_t, handler<T> then) { call(std::move(then)); }).front();
    }

    outcome<std::optional<std::string>> get(std::string_view key) {
        return one<std::optional<std::string>>([&](auto then) { store_->get(key, then); });
    }
    outcome<done> put(std::string_view key, std::string_view value,
                      std::chrono::milliseconds lifetime = 60s) {
        return one<done>([&](auto then) { store_->put(key, value, lifetime, then); });
    }
    outcome<done> erase(std::string_view key) {
        return one<done>([&](auto then) { store_->erase(key, then); });
    }
    outcome<limits::grant> take(std::string_view key, const limits::rule& by,
                                limits::demand what = {}) {
        return one<limits::grant>([&](auto then) { store_->take(key, by, what, then); });
    }
    outcome<done> give_back(std::string_view key, const limits::rule& by, std::int64_t permits,
                            std::int64_t ends) {
        return one<done>([&](auto then) { store_->give_back(key, by, permits, ends, then); });
    }
    outcome<done> charge(std::string_view key, const limits::rule& by, std::int64_t permits,
                         limits::microseconds ago = {}) {
        return one<done>([&](auto then) { store_->charge(key, by, permits, ago, then); });
    }

    outcome<done> add(std::string_view set, std::string_view member, time_point expires = never) {
        return one<done>([&](auto then) { store_->add(set, member, expires, then); });
    }
    outcome<done> remove(std::string_view set, std::string_view member) {
        return one<done>([&](auto then) { store_->remove(set, member, then); });
    }
    outcome<set_page> scan(std::string_view set, std::string_view cursor = {}) {
        return one<set_page>([&](auto then) { store_->scan(set, cursor, then); });
    }
    /// From the cursor to the end; `between` the pages.
    std::map<std::string, time_point>
    members(std::string_view set, std::string cursor = {},
            const std::function<void(const set_page&)>& between = {}) {
        std::map<std::string, time_point> all;
        do {
            const auto page = scan(set, cursor);
            if (!page.ok()) {
                ADD_FAILURE() << to_text(*page.failed());
                break;
            }
            for (const auto& [member, expires] : page->members) all[member] = expires;
            cursor = page->next;
            if (between) between(*page);
        } while (!cursor.empty());
        return all;
    }

    store& it() { return *store_; }
    std::unique_ptr<store>& owned() { return store_; }

    counters counts;

private:
    net::runtime_config config_{1};
    caf::actor_system system_{config_};

public:
    net::reactor& home = *net::reactors_of(system_).front();

private:
    std::unique_ptr<store> store_;
};

} // namespace thalamus::store
