#include "limits/standing.hpp"

#include <algorithm>

namespace thalamus::limits {

standing::decision standing::decide(const knowledge& known) {
    const auto with_store = std::ranges::find_if(known.alive, &other::has_store);
    const bool store_is_there = known.has_store || with_store != known.alive.end();
    const std::string peer = !known.has_store && store_is_there ? with_store->name : std::string();

    if (store_is_there) {
        if (owes_) return {mode::settling, peer, {}};
        if (std::ranges::any_of(known.alive, &other::shares)) return {mode::waiting, {}, {}};
        return known.has_store ? decision{mode::store, {}, {}} : decision{mode::peer, peer, {}};
    }
    if (!known.clustered) return {mode::share, {}, {0, 1}};
    if (!known.majority) return {mode::isolated, {}, {}};
    if (!known.settled_in) return {mode::waiting, {}, {}};
    return {mode::share, {}, known.place};
}

const standing::decision& standing::update(const knowledge& known) {
    now_ = decide(known);
    owes_ = owes_ || now_.how == mode::share;
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
