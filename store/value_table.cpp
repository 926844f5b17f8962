#include "store/value_table.hpp"

namespace thalamus::store {

std::optional<std::string> value_table::get(std::string_view key, std::int64_t now) {
    stripe& in = stripe_of(key);
    const std::lock_guard lock(in.mutex);
    const auto found = in.values.find(key);
    if (found == in.values.end() || found->second.ends <= now) return std::nullopt;
    return found->second.value;
}

bool value_table::put(std::string_view key, std::string_view value, std::int64_t now,
                      std::int64_t ends) {
    stripe& in = stripe_of(key);
    const std::lock_guard lock(in.mutex);
    remove_expired(in, now);
    const auto size = key.size() + value.size();
    const auto found = in.values.find(key);
    const bool replaces = found != in.values.end();
    const auto given_up = replaces ? key.size() + found->second.value.size() : 0;
    // Reserved before it is used, because another stripe's put() may run at the same time.
    if (bytes_.fetch_add(size) + size > most_.bytes + given_up ||
        (!replaces && values_.load() >= most_.values)) {
        bytes_.fetch_sub(size);
        return false;
    }
    if (replaces) remove(in, found);
    const auto made = in.values.emplace(std::string(key), record{std::string(value), ends}).first;
    in.by_end.emplace(ends, made);
    values_.fetch_add(1);
    return true;
}

void value_table::erase(std::string_view key) {
    stripe& in = stripe_of(key);
    const std::lock_guard lock(in.mutex);
    if (const auto found = in.values.find(key); found != in.values.end()) remove(in, found);
}

void value_table::remove(stripe& in, map::iterator value) {
    auto [first, last] = in.by_end.equal_range(value->second.ends);
    while (first->second != value) ++first;
    in.by_end.erase(first);
    bytes_.fetch_sub(value->first.size() + value->second.value.size());
    values_.fetch_sub(1);
    in.values.erase(value);
}

void value_table::remove_expired(stripe& in, std::int64_t now) {
    while (!in.by_end.empty() && in.by_end.begin()->first <= now)
        remove(in, in.by_end.begin()->second);
}

} // namespace thalamus::store
