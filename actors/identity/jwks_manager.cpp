#include "actors/identity/jwks_manager.hpp"

#include "base/rendezvous.hpp"
#include "cluster/node.hpp"

#include <algorithm>

namespace thalamus::actors {

key_keeper_actor::key_keeper_actor(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context) {}

caf::behavior key_keeper_actor::make_behavior() {
    const auto& settings = context_.node.ways.key_sources;
    const auto& cluster = context_.node.plan.snapshot().cluster;
    // As long as it may take to find nodes that have them.
    const auto settled =
        cluster ? context_.home.now() + 2 * cluster->heartbeat : net::time_point::min();
    for (std::size_t i = 0; i < settings.size(); ++i)
        sources_.push_back(std::make_unique<key_source>(
            context_, settings[i],
            key_source::surroundings{[this, &url = settings[i].text] { return owner_of(url); },
                                     settled,
                                     [this, i] {
                                         for (const auto& each : authenticators_) tell(each, i);
                                     },
                                     context_.node.keys_fetched[i]}));
    if (context_.node.cluster && !sources_.empty()) join_cluster();
    set_down_handler([this](caf::down_msg& down) {
        std::erase_if(authenticators_,
                      [&](const caf::actor& each) { return each.address() == down.source; });
    });
    return {
        [this](const authenticator_started& what) {
            authenticators_.push_back(what.who);
            monitor(what.who);
            for (std::size_t i = 0; i < sources_.size(); ++i) tell(what.who, i);
        },
        [this](const keys_wanted& what) {
            sources_[what.source]->want(
                what.known, [who = what.who, source = what.source](keys_looked_up::outcome how) {
                    caf::anon_send(who, keys_looked_up{source, how});
                });
        },
        [this](const cluster::view_changed&) { look_around(); },
    };
}

void key_keeper_actor::on_exit() {
    *alive_ = false;
    sources_.clear();
    authenticators_.clear();
}

void key_keeper_actor::join_cluster() {
    auto& cluster = *context_.node.cluster;
    cluster.subscribe(caf::actor_cast<caf::actor>(this));
    cluster.subscribe<key_document>(
        key_topic, [this, alive = alive_](const std::string&, const key_document& what) {
            if (!*alive) return;
            if (auto* source = find(what.url)) source->learn(what);
        });
    cluster.answer(key_question_kind,
                   [this, alive = alive_](const std::string&, std::string_view payload,
                                          cluster::answer_giver give) {
                       if (!*alive) return;
                       const auto what = from_payload(payload, std::type_identity<key_question>{});
                       if (!what) return;
                       if (auto* source = find(what->url)) source->asked(*what, std::move(give));
                   });
}

void key_keeper_actor::look_around() {
    const auto fresh = peers_.update(*context_.node.cluster->current());
    for (const auto& source : sources_) source->nodes_changed(fresh);
}

std::string key_keeper_actor::owner_of(const std::string& url) const {
    if (peers_.names().empty()) return {};
    auto nodes = peers_.names();
    const auto& self = context_.node.plan.snapshot().node.name;
    nodes.push_back(self);
    const auto owner = base::rendezvous_node("keys", url, nodes);
    return owner == self ? std::string() : std::string(owner);
}

key_source* key_keeper_actor::find(const std::string& url) {
    const auto& settings = context_.node.ways.key_sources;
    for (std::size_t i = 0; i < sources_.size(); ++i)
        if (settings[i].text == url) return sources_[i].get();
    return nullptr;
}

void key_keeper_actor::tell(const caf::actor& who, std::size_t source) {
    caf::anon_send(who, keys_now{source, sources_[source]->keys()});
}

} // namespace thalamus::actors
