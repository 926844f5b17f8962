#pragma once
// The store of a gateway without Redis: memory of this process, shared by its reactors. Calls are
// carried out at once and cannot fail, but for a put() without room, which is `refused`.

#include "store/counters.hpp"
#include "store/ledger_table.hpp"
#include "store/store.hpp"
#include "store/value_table.hpp"

#include <memory>

namespace thalamus::store {

/// What the stores of all reactors share. Any thread.
struct memory {
    /// Microseconds since the epoch.
    using clock = std::function<std::int64_t()>;

    explicit memory(clock now = system_clock(), ledger_table::bounds ledger = {},
                    value_table::bounds values = {})
        : now(std::move(now)),
          ledger(ledger),
          values(values) {}

    static clock system_clock();

    const clock now;
    ledger_table ledger;
    value_table values;
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
    void take(std::string_view key, const limits::rule& by, limits::demand what,
              handler<limits::grant> then) override;
    void give_back(std::string_view key, const limits::rule& by, std::int64_t permits,
                   std::int64_t ends, handler<done> then) override;
    void charge(std::string_view key, const limits::rule& by, std::int64_t permits,
                limits::microseconds ago, handler<done> then) override;
    bool available() const override { return true; }
    void on_availability(std::function<void(bool)>) override {} // it never changes

private:
    const std::shared_ptr<memory> memory_;
    counters& counts_;
};

} // namespace thalamus::store
