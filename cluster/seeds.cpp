#include "cluster/seeds.hpp"

#include "observe/program_log.hpp"

#include <algorithm>

namespace thalamus::cluster {

namespace {
observe::log_limit look_up_log{1};
}

seeds::seeds(net::reactor& home, const std::vector<config::endpoint>& names,
             std::function<void()> changed)
    : home_(home),
      changed_(std::move(changed)) {
    for (const auto& name : names) seeds_.push_back(std::make_unique<seed>(*this, name));
}

std::set<net::tcp_endpoint> seeds::addresses() const {
    std::set<net::tcp_endpoint> out;
    for (const auto& s : seeds_)
        for (const auto& ip : s->found) out.insert({ip, s->name.port});
    return out;
}

seeds::seed::seed(seeds& o, config::endpoint seed_name)
    : owner(o),
      name(std::move(seed_name)),
      again(o.home_.timers(), base::bind<&seed::look_up>(this)) {
    if (const auto ip = net::numeric_address(name.host)) {
        found.push_back(*ip);
        return;
    }
    lookup = std::make_unique<net::name_lookup>(
        owner.home_, [this](const net::name_lookup::result& r) { resolved(r); });
    look_up();
}

void seeds::seed::look_up() { lookup->start(name.host); }

// A name whose look-up fails keeps its previous addresses.
void seeds::seed::resolved(const net::name_lookup::result& result) {
    if (!result.error.empty())
        observe::log_limited(look_up_log, config::log_level::warn,
                             "cluster: cannot look up the seed {}: {}", name.host, result.error);
    if (!result.addresses.empty()) found = result.addresses;
    const auto wait = owner.expedited_ ? std::min(result.good_for, look_up_soon) : result.good_for;
    again.arm(owner.home_.now() + wait);
    owner.changed_();
}

} // namespace thalamus::cluster
