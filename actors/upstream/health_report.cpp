#include "actors/upstream/health_report.hpp"

#include "cluster/messages.hpp"
#include "cluster/wire_fields.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {

using cluster::wire_field;
using std::chrono::milliseconds;
using std::chrono::system_clock;
constexpr milliseconds longest_ejection = std::chrono::minutes(5);

/// A flag that is true if the field is absent.
struct inverted_flag {
    static void write(cluster::wire_writer& out, std::uint32_t number, bool value) {
        out.number(number, value ? 0 : 1);
    }
    static bool read(cluster::wire_reader& in, bool& value) {
        value = in.number() == 0;
        return true;
    }
};

constexpr cluster::wire_fields health_report_fields{
    wire_field{1, &health_report::service},
    wire_field{2, &health_report::target},
    wire_field{3, &health_report::healthy, inverted_flag{}},
    wire_field{4, &health_report::ejected_until},
};

} // namespace

std::string to_payload(const health_report& what) { return health_report_fields.write(what); }

std::optional<health_report> from_payload(std::string_view payload,
                                          std::type_identity<health_report>) {
    const auto is_name = [](const std::string& text) {
        return !text.empty() && cluster::is_plain_name(text);
    };
    health_report what;
    if (!health_report_fields.read(payload, what) || !is_name(what.service) ||
        !is_name(what.target))
        return std::nullopt;
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
