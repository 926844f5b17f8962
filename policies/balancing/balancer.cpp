#include "policies/balancing/balancer.hpp"

#include "base/stable_hash.hpp"

#include <algorithm>
#include <cmath>

namespace thalamus::balancing {

namespace {

/// Rendezvous hashing: each target draws a number for the key, and the greatest wins. A target that
/// leaves gives away only its own keys, a new one takes only the keys that it wins, and nothing has
/// to be built or kept.
std::uint64_t rendezvous_draw(const target_view& target, std::uint64_t key) {
    return base::mix(target.id ^ base::mix(key + 0x9e3779b97f4a7c15u));
}

/// With weights the score is -weight / ln(u), where u is the draw in (0, 1). Equal weights give the
/// same order as the draws alone.
double weighted_score(std::uint64_t draw, std::uint32_t weight) {
    const double u = (static_cast<double>(draw >> 11) + 0.5) * 0x1p-53;
    return -static_cast<double>(weight) / std::log(u);
}

} // namespace

void balancer::prepare(std::span<const target_view> targets, base::xoshiro256& random) {
    prepared_ = true;
    equal_weights_ = std::all_of(targets.begin(), targets.end(),
                                 [&](const auto& t) { return t.weight == targets[0].weight; });
    // Reactors should not all begin with the same target.
    next_ = random.below(static_cast<std::uint32_t>(targets.size()));
    current_.assign(targets.size(), 0);
    cumulated_.clear();
    std::uint64_t sum = 0;
    for (const auto& t : targets) cumulated_.push_back(sum += t.weight);
    if (!equal_weights_)
        for (std::size_t i = 0; i < targets.size(); ++i)
            current_[i] = random.below(targets[i].weight + 1);
}

/// Draws one target by weight, usable or not.
std::size_t balancer::draw(std::span<const target_view> targets, base::xoshiro256& random) const {
    if (equal_weights_) return random.below(static_cast<std::uint32_t>(targets.size()));
    const auto position = random() % cumulated_.back();
    return static_cast<std::size_t>(
        std::upper_bound(cumulated_.begin(), cumulated_.end(), position) - cumulated_.begin());
}

/// Power of two choices: draws two targets by weight and picks the one with fewer requests per
/// weight. The first wins a tie, so that idle targets get traffic by weight too.
template <class Usable>
std::size_t balancer::pick_least(std::span<const target_view> targets, const Usable& usable,
                                 base::xoshiro256& random) {
    std::size_t chosen[2] = {none, none};
    std::size_t count = 0;
    for (int attempts = 0; attempts < 8 && count < 2; ++attempts) {
        const auto i = draw(targets, random);
        if (usable(i) && (count == 0 || chosen[0] != i)) chosen[count++] = i;
    }
    if (count == 0) {
        // Few are usable: draw one of them by weight, in one pass.
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < targets.size(); ++i) {
            if (!usable(i)) continue;
            sum += targets[i].weight;
            if (random() % sum < targets[i].weight) chosen[0] = i;
        }
        return chosen[0];
    }
    if (count == 1) return chosen[0];
    const auto &a = targets[chosen[0]], &b = targets[chosen[1]];
    const auto load_a = std::uint64_t{a.in_flight} * b.weight,
               load_b = std::uint64_t{b.in_flight} * a.weight;
    return load_b < load_a ? chosen[1] : chosen[0];
}

/// With weights, nginx's smooth algorithm, so that a heavy target does not get bursts.
template <class Usable>
std::size_t balancer::pick_round_robin(std::span<const target_view> targets, const Usable& usable) {
    if (equal_weights_) {
        for (std::size_t tried = 0; tried < targets.size(); ++tried) {
            if (next_ >= targets.size()) next_ = 0;
            const auto i = next_++;
            if (usable(i)) return i;
        }
        return none;
    }
    std::int64_t total = 0;
    std::size_t best = none;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (!usable(i)) continue;
        current_[i] += targets[i].weight;
        total += targets[i].weight;
        if (best == none || current_[i] > current_[best]) best = i;
    }
    if (best != none) current_[best] -= total;
    return best;
}

template <class Usable>
std::size_t balancer::pick_hash(std::span<const target_view> targets, const Usable& usable,
                                std::uint64_t key) const {
    std::size_t best = none;
    double best_score = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (!usable(i)) continue;
        const auto drawn = rendezvous_draw(targets[i], key);
        const auto score = equal_weights_ ? static_cast<double>(drawn >> 11)
                                          : weighted_score(drawn, targets[i].weight);
        if (best == none || score > best_score) best = i, best_score = score;
    }
    return best;
}

template <class Usable>
std::size_t balancer::pick_by(std::span<const target_view> targets, const Usable& usable,
                              std::uint64_t key, base::xoshiro256& random) {
    switch (algorithm_) {
    case config::balance_by::least_requests: return pick_least(targets, usable, random);
    case config::balance_by::round_robin: return pick_round_robin(targets, usable);
    case config::balance_by::hash: return pick_hash(targets, usable, key);
    }
    return none;
}

std::size_t balancer::pick(std::span<const target_view> targets,
                           std::span<const std::uint32_t> tried, std::uint64_t key,
                           base::xoshiro256& random) {
    const auto available = [&](std::size_t i) {
        return targets[i].available && targets[i].weight > 0;
    };
    if (targets.size() == 1) return available(0) ? 0 : none;
    if (targets.empty()) return none;
    if (!prepared_) prepare(targets, random);
    if (cumulated_.back() == 0) return none;
    if (!tried.empty()) {
        const auto fresh = [&](std::size_t i) {
            return available(i) && std::find(tried.begin(), tried.end(), i) == tried.end();
        };
        if (const auto i = pick_by(targets, fresh, key, random); i != none) return i;
    }
    return pick_by(targets, available, key, random);
}

} // namespace thalamus::balancing
