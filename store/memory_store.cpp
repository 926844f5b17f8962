#include "store/memory_store.hpp"

namespace thalamus::store {

memory::clock memory::system_clock() {
    return [] {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    };
}

// A handler may destroy the store, so it is called last.

void memory_store::get(std::string_view key, handler<std::optional<std::string>> then) {
    counts_.calls.add(1);
    then(memory_->values.get(key, memory_->now()));
}

void memory_store::put(std::string_view key, std::string_view value,
                       std::chrono::milliseconds lifetime, handler<done> then) {
    counts_.calls.add(1);
    const auto now = memory_->now();
    const auto ends = now + std::chrono::microseconds(lifetime).count();
    if (memory_->values.put(key, value, now, ends)) return then(done{});
    counts_.failed(failure::refused);
    then(failure::refused);
}

void memory_store::erase(std::string_view key, handler<done> then) {
    counts_.calls.add(1);
    memory_->values.erase(key);
    then(done{});
}

void memory_store::take(std::string_view key, const limits::rule& rule, limits::demand demand,
                        handler<limits::grant> then) {
    counts_.calls.add(1);
    const auto now = memory_->now();
    const auto given = memory_->ledger.with_entry(key, rule, now, [&](limits::entry& entry) {
        return limits::take(entry, rule, demand, now);
    });
    then(given);
}

void memory_store::give_back(std::string_view key, const limits::rule& rule, std::int64_t permits,
                             std::int64_t ends, handler<done> then) {
    counts_.calls.add(1);
    const auto now = memory_->now();
    memory_->ledger.with_known_entry(key, rule, now, [&](limits::entry& entry) {
        limits::give_back(entry, rule, permits, ends, now);
    });
    then(done{});
}

void memory_store::charge(std::string_view key, const limits::rule& rule, std::int64_t permits,
                          limits::microseconds ago, handler<done> then) {
    counts_.calls.add(1);
    const auto now = memory_->now();
    memory_->ledger.with_entry(key, rule, now, [&](limits::entry& entry) {
        limits::charge(entry, rule, permits, now - ago.count(), now);
    });
    then(done{});
}

void memory_store::add(std::string_view set, std::string_view member, time_point expires,
                       handler<done> then) {
    counts_.calls.add(1);
    if (member.size() <= longest_member && memory_->sets.add(set, member, time(), expires))
        return then(done{});
    counts_.failed(failure::refused);
    then(failure::refused);
}

void memory_store::remove(std::string_view set, std::string_view member, handler<done> then) {
    counts_.calls.add(1);
    memory_->sets.remove(set, member, time());
    then(done{});
}

void memory_store::scan(std::string_view set, std::string_view cursor, handler<set_page> then) {
    counts_.calls.add(1);
    then(memory_->sets.scan(set, cursor, time()));
}

} // namespace thalamus::store
