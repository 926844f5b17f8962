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
    const auto found = links_.find(id);
    return found == links_.end() ? nullptr : &found->second;
}

link_id link_table::link_to(const std::string& name) const {
    const auto found = peers_.find(name);
    return found == peers_.end() ? 0 : found->second;
}

link_table::decision link_table::introduce(link_id id, const hello& peer, time_point now) {
    link& fresh = links_.at(id);
    decision result{true, 0};
    if (const auto used = peers_.find(peer.name); used != peers_.end()) {
        const link& old = links_.at(used->second);
        const bool same_life = old.incarnation == peer.incarnation;
        const auto& dialled_old = old.outbound ? self_ : peer.name;
        const auto& dialled_fresh = fresh.outbound ? self_ : peer.name;
        // Both links were dialled by the same side. If the peer dialled again, its end of the old
        // link is gone; if this node did, it knew the same node by two addresses.
        const bool keep_old =
            dialled_old == dialled_fresh ? fresh.outbound : dialled_old < dialled_fresh;
        if (same_life && responsive(old, now) && keep_old) return {false, 0};
        result.replaced = used->second;
    }
    fresh.name = peer.name;
    fresh.incarnation = peer.incarnation;
    fresh.last_heard = now;
    peers_[peer.name] = id;
    return result;
}

} // namespace thalamus::cluster
