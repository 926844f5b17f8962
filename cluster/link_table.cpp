#include "cluster/link_table.hpp"

namespace thalamus::cluster {

link_table::link& link_table::open(link_id id, const net::tcp_endpoint& peer, bool outbound) {
    return links_[id] = {peer, outbound, {}, 0, {}, false};
}

std::optional<link_table::link> link_table::close(link_id id) {
    auto node = links_.extract(id);
    if (node.empty()) return std::nullopt;
    const auto used = peers_.find(node.mapped().name);
    if (used != peers_.end() && used->second == id) peers_.erase(used);
    return std::move(node.mapped());
}

link_table::link* link_table::find(link_id id) {
    const auto at = links_.find(id);
    return at == links_.end() ? nullptr : &at->second;
}

link_id link_table::to(const std::string& name) const {
    const auto at = peers_.find(name);
    return at == peers_.end() ? 0 : at->second;
}

link_table::decision link_table::introduce(link_id id, const hello& peer, time_point now) {
    link& fresh = links_.at(id);
    decision result{true, 0};
    if (const auto used = peers_.find(peer.name); used != peers_.end()) {
        const link& old = links_.at(used->second);
        const bool same_life = old.incarnation == peer.incarnation;
        const auto& called_old = old.outbound ? self_ : peer.name;
        const auto& called_fresh = fresh.outbound ? self_ : peer.name;
        // Both links were called by the same side. If the peer called again, its end of the old
        // link is gone; if this node did, it knew the same node by two addresses.
        const bool keep_old =
            called_old == called_fresh ? fresh.outbound : called_old < called_fresh;
        if (same_life && answering(old, now) && keep_old) return {false, 0};
        result.replaced = used->second;
    }
    fresh.name = peer.name;
    fresh.incarnation = peer.incarnation;
    fresh.heard = now;
    peers_[peer.name] = id;
    return result;
}

} // namespace thalamus::cluster
