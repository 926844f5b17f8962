#include "policies/limits/limit_mode.hpp"

#include <algorithm>

namespace thalamus::limits {

limit_mode::decision limit_mode::decide(const knowledge& known, time_point now) {
    const auto with_store = std::ranges::find_if(known.alive, &other::has_store);
    const bool others_have = with_store != known.alive.end();
    const std::string peer = others_have ? with_store->name : std::string();

    if (known.has_store || others_have) {
        if (has_debt_) return {mode::reconciling, known.has_store ? std::string() : peer, {}};
        if (std::ranges::any_of(known.alive, &other::has_debt)) return {mode::waiting, {}, {}};
        if (known.has_store && now >= usable_from_) return {mode::store, {}, {}};
        if (others_have) return {mode::peer, peer, {}};
        return {mode::waiting, {}, {}};
    }
    if (!known.clustered) return {mode::share, {}, {0, 1}};
    if (!known.majority) return {mode::no_quorum, {}, {}};
    if (!known.introduced) return {mode::waiting, {}, {}};
    return {mode::share, {}, known.place};
}

const limit_mode::decision& limit_mode::update(const knowledge& known, time_point now) {
    if (known.has_store && !had_store_) usable_from_ = now + hold_off_;
    had_store_ = known.has_store;
    now_ = decide(known, now);
    has_debt_ = has_debt_ || now_.mode == mode::share;
    look_again_ = known.has_store && now < usable_from_ ? usable_from_ : time_point::max();
    return now_;
}

std::string_view to_text(limit_mode::mode mode) {
    switch (mode) {
    case limit_mode::mode::store: return "permits come from the store";
    case limit_mode::mode::peer: return "permits come from the store through another node:";
    case limit_mode::mode::share:
        return "the store is lost, permits come from this node's fallback quota";
    case limit_mode::mode::reconciling:
        return "the store is back, permits granted without it are being charged";
    case limit_mode::mode::waiting: return "no permits are granted until the other nodes are ready";
    case limit_mode::mode::no_quorum:
        return "neither the store nor a majority of the nodes is reachable";
    }
    return "";
}

} // namespace thalamus::limits
