#include "actors/upstream/health_report.hpp"

#include "cluster/messages.hpp"
#include "cluster/wire.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {
namespace report_field {
enum : std::uint32_t { service = 1, target = 2, unhealthy = 3, ejected_until = 4 };
}
using std::chrono::milliseconds;
using std::chrono::system_clock;
constexpr milliseconds longest_ejection = std::chrono::minutes(5);
} // namespace

std::string to_payload(const health_report& what) {
    cluster::wire_writer out;
    out.text(report_field::service, what.service);
    out.text(report_field::target, what.target);
    out.number(report_field::unhealthy, what.healthy ? 0 : 1);
    out.number(report_field::ejected_until, cluster::to_number(what.ejected_until));
    return out.take();
}

std::optional<health_report> from_payload(std::string_view payload,
                                          std::type_identity<health_report>) {
    health_report what;
    cluster::wire_reader in(payload);
    while (in.next()) switch (in.field()) {
        case report_field::service: what.service = in.text(); break;
        case report_field::target: what.target = in.text(); break;
        case report_field::unhealthy: what.healthy = in.number() == 0; break;
        case report_field::ejected_until:
            what.ejected_until = cluster::to_moment(in.number());
            break;
        default: break;
        }
    const auto is_name = [](const std::string& text) {
        return !text.empty() && cluster::is_plain_name(text);
    };
    if (in.failed() || !is_name(what.service) || !is_name(what.target)) return std::nullopt;
    return what;
}

milliseconds health_report::ejected_for(system_clock::time_point now) const {
    const auto left = std::chrono::ceil<milliseconds>(ejected_until - now);
    return std::clamp(left, milliseconds(0), longest_ejection);
}

void health_views::hear(const std::string& by, const health_report& what, net::time_point now) {
    const auto ejected_for = what.ejected_for(system_clock::now());
    if (what.of_ejection() && ejected_for.count() == 0) return;
    const std::tuple key(by, what.service, what.target);
    auto found = states_.find(key);
    if (found == states_.end()) {
        if (what.healthy && !what.of_ejection()) return;
        std::erase_if(states_, [&](const auto& s) {
            return s.second.healthy && now >= s.second.ejected_until;
        });
        if (states_.size() >= most) return;
        found = states_.emplace(key, state{}).first;
    }
    auto& s = found->second;
    if (what.of_ejection()) s.ejected_until = now + ejected_for;
    else s.healthy = what.healthy;
    if (s.healthy && now >= s.ejected_until) states_.erase(found);
}

void health_views::keep(const std::set<std::string, std::less<>>& known) {
    std::erase_if(states_, [&](const auto& s) { return !known.contains(std::get<0>(s.first)); });
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

bool health_views::unhealthy(const std::string& node, const std::string& service,
                             const std::string& target) const {
    const auto found = states_.find({node, service, target});
    return found != states_.end() && !found->second.healthy;
}

} // namespace thalamus::actors
