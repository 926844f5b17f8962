#include "store/ledger_table.hpp"

#include <algorithm>

namespace thalamus::store {

namespace {
constexpr unsigned sweep_every = 16, steps_per_sweep = 2, steps_when_full = 4;

char algorithm_letter(config::limit_algorithm algorithm) {
    return static_cast<char>('a' + static_cast<int>(algorithm));
}
} // namespace

ledger_table::ledger_table(bounds most)
    : most_{std::max(most.entries / stripes, std::size_t{1}),
            std::max(most.shared / stripes, std::size_t{1})} {}

bool ledger_table::equal::operator()(const identity& a, const owned_identity& b) const {
    const std::string_view text = b.text;
    return text.size() == a.rule.size() + a.key.size() + 2 && text.front() == a.algorithm &&
           text.substr(1, a.rule.size()) == a.rule && text[a.rule.size() + 1] == ':' &&
           text.ends_with(a.key);
}

ledger_table::identity ledger_table::identify(std::string_view key,
                                              const limits::rule& rule) const {
    const char letter = algorithm_letter(rule.algorithm);
    return {letter, rule.name, key,
            hash_(key, hash_(rule.name, static_cast<std::uint64_t>(letter)))};
}

ledger_table::record* ledger_table::open(stripe& in, const identity& id, std::int64_t now,
                                         bool make) {
    if (++in.calls % sweep_every == 0) sweep(in, now, steps_per_sweep);
    if (const auto found = in.entries.find(id); found != in.entries.end()) return &found->second;
    if (!in.shared.empty())
        if (record* shared = find_shared(in, id, false); shared && shared->forget_at > now)
            return shared;
    if (!make) return nullptr;
    sweep(in, now, in.entries.size() < most_.entries ? steps_per_sweep : steps_when_full);
    if (in.entries.size() >= most_.entries) return find_shared(in, id, true);
    std::string text;
    text.reserve(id.rule.size() + id.key.size() + 2);
    text.append(1, id.algorithm).append(id.rule).append(1, ':').append(id.key);
    const auto made = in.entries.emplace(owned_identity{std::move(text), id.hash}, record{}).first;
    in.order.push_back(&*made);
    size_.fetch_add(1, std::memory_order_relaxed);
    return &made->second;
}

ledger_table::record* ledger_table::find_shared(stripe& in, const identity& id, bool make) {
    const auto rule = std::string(1, id.algorithm).append(id.rule);
    auto found = in.shared.find(rule);
    if (found == in.shared.end()) {
        if (!make) return nullptr;
        found = in.shared.emplace(rule, most_.shared).first;
    }
    return &found->second[id.hash % most_.shared];
}

void ledger_table::sweep(stripe& in, std::int64_t now, unsigned steps) {
    for (; steps > 0 && !in.order.empty(); --steps) {
        if (in.hand >= in.order.size()) in.hand = 0;
        const auto entry = in.order[in.hand];
        if (entry->second.forget_at > now) {
            ++in.hand;
            continue;
        }
        in.order[in.hand] = in.order.back();
        in.order.pop_back();
        in.entries.erase(in.entries.find(entry->first));
        size_.fetch_sub(1, std::memory_order_relaxed);
    }
}

} // namespace thalamus::store
