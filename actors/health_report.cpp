#include "actors/health_report.hpp"

#include "cluster/wire.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
enum field : std::uint32_t { service = 1, target = 2, unhealthy = 3, ejected_for = 4 };
}

std::string to_payload(const health_report& what) {
    cluster::wire_writer out;
    out.text(field::service, what.service);
    out.text(field::target, what.target);
    out.number(field::unhealthy, what.healthy ? 0 : 1);
    out.number(field::ejected_for, static_cast<std::uint64_t>(what.ejected_for.count()));
    return out.take();
}

std::optional<health_report> from_payload(std::string_view payload,
                                          std::type_identity<health_report>) {
    health_report what;
    cluster::wire_reader in(payload);
    while (in.next()) switch (in.field()) {
        case field::service: what.service = in.text(); break;
        case field::target: what.target = in.text(); break;
        case field::unhealthy: what.healthy = in.number() == 0; break;
        case field::ejected_for:
            // An ejection lasts five minutes at most.
            what.ejected_for =
                std::chrono::milliseconds(std::min<std::uint64_t>(in.number(), 300'000));
            break;
        default: break;
        }
    if (in.failed()) return std::nullopt;
    return what;
}

void health_views::hear(const std::string& by, const health_report& what, net::time_point now) {
    const std::tuple key(by, what.service, what.target);
    auto found = states_.find(key);
    if (found == states_.end()) {
        const bool well = what.healthy && what.ejected_for.count() == 0;
        if (well || states_.size() >= most) return;
        found = states_.emplace(key, state{}).first;
    }
    auto& s = found->second;
    if (what.ejected_for.count() > 0) s.ejected_until = now + what.ejected_for;
    else s.healthy = what.healthy;
    if (s.healthy && now >= s.ejected_until) states_.erase(found);
}

std::vector<health_views::trouble> health_views::of(const std::string& node,
                                                    net::time_point now) const {
    std::vector<trouble> all;
    for (auto at = states_.lower_bound({node, "", ""});
         at != states_.end() && std::get<0>(at->first) == node; ++at) {
        const auto& [key, s] = *at;
        if (s.healthy && now >= s.ejected_until) continue;
        all.push_back({std::get<1>(key), std::get<2>(key), s.healthy ? "ejected" : "unhealthy"});
    }
    return all;
}

} // namespace thalamus::actors
