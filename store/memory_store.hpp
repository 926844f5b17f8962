#pragma once
// The store of a gateway without Redis: memory of this process, shared by its reactors. Calls are
// executed at once and cannot fail, except that a put() or add() without room is `refused`.

#include "store/counters.hpp"
#include "store/ledger_table.hpp"
#include "store/set_table.hpp"
#include "store/store.hpp"
#include "store/value_table.hpp"

#include <memory>

namespace thalamus::store {

/// The state shared by the stores of all reactors. Any thread.
struct memory {
    /// Microseconds since the epoch.
    using clock = std::function<std::int64_t()>;

    explicit memory(clock now = system_clock(), ledger_table::bounds ledger = {},
                    value_table::bounds values = {}, set_table::bounds sets = {})
        : now(std::move(now)),
          ledger(ledger),
          values(values),
          sets(sets) {}

    static clock system_clock();

    const clock now;
    ledger_table ledger;
    value_table values;
    set_table sets;
};

class memory_store final : public store {
public:
    memory_store(std::shared_ptr<memory> shared, counters& counts)
        : memory_(std::move(shared)),
          counts_(counts) {}

    void get(std::string_view key, handler<std::optional<std::string>> then) override;
    void put(std::string_view key, std::string_view value, std::chrono::milliseconds lifetime,
             handler<done> then) override;
    void erase(std::string_view key, handler<done> then) override;
    void take(std::string_view key, const limits::rule& rule, limits::demand demand,
              handler<limits::grant> then) override;
    void give_back(std::string_view key, const limits::rule& rule, std::int64_t permits,
                   std::int64_t ends, handler<done> then) override;
    void charge(std::string_view key, const limits::rule& rule, std::int64_t permits,
                limits::microseconds ago, handler<done> then) override;
    void add(std::string_view set, std::string_view member, time_point expires,
             handler<done> then) override;
    void remove(std::string_view set, std::string_view member, handler<done> then) override;
    void scan(std::string_view set, std::string_view cursor, handler<set_page> then) override;
    bool available() const override { return true; }
    void on_availability(std::function<void(bool)>) override {} // it never changes

private:
    time_point time() const { return time_point(std::chrono::microseconds(memory_->now())); }

    const std::shared_ptr<memory> memory_;
    counters& counts_;
};

} // namespace thalamus::store
