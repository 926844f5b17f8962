#pragma once
// One per node, on the first reactor: connects the membership and the broadcast (both state
// machines) with the links to the peers. Other parts of the node use it through cluster/node.hpp.
// When it ends, it tells its peers that the node leaves.

#include "cluster/broadcast.hpp"
#include "cluster/calls.hpp"
#include "cluster/dial_plan.hpp"
#include "cluster/link_table.hpp"
#include "cluster/listen.hpp"
#include "cluster/membership.hpp"
#include "cluster/node_messages.hpp"
#include "cluster/node_view.hpp"
#include "cluster/seeds.hpp"
#include "cluster/tls_context.hpp"
#include "net/actor_runtime.hpp"

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace thalamus::cluster {

class cluster_actor final : public net::pinned_actor {
public:
    struct settings {
        std::string name;
        config::cluster_settings cluster;
        node_status status;
        listening_socket port; ///< takes ownership
        ssl_context tls;
        std::shared_ptr<node_view> view;
        std::shared_ptr<link_counters> counters;
    };

    cluster_actor(caf::actor_config& config, net::reactor& home, settings settings);
    ~cluster_actor() override;

    caf::behavior make_behavior() override;
    const char* name() const override { return "cluster"; }
    void on_exit() override;

private:
    using time_point = net::time_point;
    using frame = std::shared_ptr<const std::string>;

    void turn();
    void send_heartbeats();
    void send_heartbeat(link_id link);
    void publish_changes();
    void drop_dead_links();
    void dial();
    std::set<net::tcp_endpoint> wanted_addresses();
    void find_own_address();

    void on_link_up(const link_up& link);
    void on_link_down(const link_down& link);
    void on_frame(const frame_received& frame);
    void on_hello(link_id id, link_table::link& l, hello peer);
    void on_refused(link_id id, const link_table::link& l, const refused& reason);
    void handle(link_id id, link_table::link& l, message&& message);
    void on_heartbeat(link_id id, link_table::link& l, heartbeat&& beat);
    void refuse(link_id id, const link_table::link& l, const hello& peer, const refused& reason);
    void drop(link_id id);
    void malformed_from(link_id id, const link_table::link& l);

    frame to_send(const message& message);
    void send(link_id link, const message& message) { send(link, to_send(message)); }
    void send(link_id link, const frame& frame);
    void send_to_responsive(const message& message);
    void log(const membership::event& e);
    membership::settings membership_settings();

    net::reactor& home_;
    settings settings_;
    std::mt19937_64 random_;
    const std::uint64_t incarnation_;
    membership members_;
    broadcast logs_;
    link_table links_;
    dial_plan dials_;
    // Members with timers exist from make_behavior() to on_exit(), both of which run on the
    // reactor.
    std::optional<calls> calls_;
    std::optional<net::timer> timer_;
    std::unique_ptr<seeds> seeds_;
    time_point next_heartbeat_;
    link_id next_link_ = 1;
    std::uint64_t published_revision_ = 0;
    caf::actor broker_;
    std::vector<caf::actor> subscribers_;
    std::map<std::uint32_t, topic_handlers> topics_;
};

} // namespace thalamus::cluster
