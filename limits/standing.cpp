#include "limits/standing.hpp"

#include <algorithm>

namespace thalamus::limits {

standing::decision standing::decide(const knowledge& known, time_point now) {
    const auto with_store = std::ranges::find_if(known.alive, &other::has_store);
    const bool others_have = with_store != known.alive.end();
    const std::string peer = others_have ? with_store->name : std::string();

    if (known.has_store || others_have) {
        if (owes_) return {mode::settling, known.has_store ? std::string() : peer, {}};
        if (std::ranges::any_of(known.alive, &other::shares)) return {mode::waiting, {}, {}};
        if (known.has_store && now >= usable_from_) return {mode::store, {}, {}};
        if (others_have) return {mode::peer, peer, {}};
        return {mode::waiting, {}, {}};
    }
    if (!known.clustered) return {mode::share, {}, {0, 1}};
    if (!known.majority) return {mode::isolated, {}, {}};
    if (!known.settled_in) return {mode::waiting, {}, {}};
    return {mode::share, {}, known.place};
}

const standing::decision& standing::update(const knowledge& known, time_point now) {
    if (known.has_store && !had_store_) usable_from_ = now + hold_off_;
    had_store_ = known.has_store;
    now_ = decide(known, now);
    owes_ = owes_ || now_.how == mode::share;
    look_again_ = known.has_store && now < usable_from_ ? usable_from_ : time_point::max();
    return now_;
}

std::string_view to_text(standing::mode how) {
    switch (how) {
    case standing::mode::store: return "from the store";
    case standing::mode::peer: return "through a peer";
    case standing::mode::share: return "from this node's share";
    case standing::mode::settling: return "charging the store with what was granted without it";
    case standing::mode::waiting: return "waiting for the other nodes";
    case standing::mode::isolated: return "neither the store nor most nodes are in reach";
    }
    return "";
}

} // namespace thalamus::limits
