#include "actors/identity/jwks_manager.hpp"

#include "base/rendezvous.hpp"
#include "cluster/node.hpp"

#include <algorithm>

namespace thalamus::actors {

jwks_manager::jwks_manager(caf::actor_config& config, reactor_context& context)
    : net::pinned_actor(config),
      context_(context) {}

caf::behavior jwks_manager::make_behavior() {
    const auto& settings = context_.node.auth_methods.key_sources;
    const auto& cluster = context_.node.plan.snapshot().cluster;
    // The time that it may take to find nodes that have the keys.
    const auto settled =
        cluster ? context_.home.now() + 2 * cluster->heartbeat : net::time_point::min();
    for (std::size_t i = 0; i < settings.size(); ++i)
        sources_.push_back(std::make_unique<jwks_source>(
            context_, settings[i],
            jwks_source::surroundings{[this, &url = settings[i].text] { return owner_of(url); },
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
        [this](const jwks_refresh& what) {
            sources_[what.source]->want(
                what.known, [who = what.who, source = what.source](jwks_refreshed::outcome how) {
                    caf::anon_send(who, jwks_refreshed{source, how});
                });
        },
        [this](const cluster::view_changed&) { look_around(); },
    };
}

void jwks_manager::on_exit() {
    lifetime_.end();
    sources_.clear();
    authenticators_.clear();
}

void jwks_manager::join_cluster() {
    auto& cluster = *context_.node.cluster;
    cluster.subscribe(caf::actor_cast<caf::actor>(this));
    cluster.subscribe<jwks_document>(
        key_topic, lifetime_.guarded([this](const std::string&, const jwks_document& what) {
            if (auto* source = find(what.url)) source->learn(what);
        }));
    cluster.serve(
        jwks_method, lifetime_.guarded([this](const std::string&, std::string_view payload,
                                              cluster::reply_sender reply) {
            const auto request = from_payload(payload, std::type_identity<jwks_request>{});
            if (!request) return;
            if (auto* source = find(request->url)) source->on_request(*request, std::move(reply));
        }));
}

void jwks_manager::look_around() {
    const auto fresh = peers_.update(*context_.node.cluster->current());
    for (const auto& source : sources_) source->nodes_changed(fresh);
}

std::string jwks_manager::owner_of(const std::string& url) const {
    if (peers_.names().empty()) return {};
    auto nodes = peers_.names();
    const auto& self = context_.node.plan.snapshot().node.name;
    nodes.push_back(self);
    const auto owner = base::rendezvous_node("keys", url, nodes);
    return owner == self ? std::string() : std::string(owner);
}

jwks_source* jwks_manager::find(const std::string& url) {
    const auto& settings = context_.node.auth_methods.key_sources;
    for (std::size_t i = 0; i < sources_.size(); ++i)
        if (settings[i].text == url) return sources_[i].get();
    return nullptr;
}

void jwks_manager::tell(const caf::actor& who, std::size_t source) {
    caf::anon_send(who, keys_now{source, sources_[source]->keys()});
}

} // namespace thalamus::actors
