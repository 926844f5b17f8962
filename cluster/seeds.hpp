#pragma once
// The addresses that the names of the seeds resolve to, looked up again as their TTLs pass. Owned
// by the cluster actor and used on its reactor only.

#include "config/values.hpp"
#include "net/name_lookup.hpp"
#include "net/socket.hpp"

#include <memory>
#include <set>
#include <vector>

namespace thalamus::cluster {

class seeds {
public:
    /// `changed` is called after each look-up. The first look-ups start at once.
    seeds(net::reactor& home, const std::vector<config::endpoint>& names,
          std::function<void()> changed);

    std::set<net::tcp_endpoint> addresses() const;
    /// While the cluster is incomplete, names are looked up more often.
    void expedite(bool yes) { expedited_ = yes; }

    /// How long addresses count at most while expedited.
    static constexpr std::chrono::seconds look_up_soon{3};

private:
    struct seed {
        seed(seeds& owner, config::endpoint name);
        void look_up();
        void resolved(const net::name_lookup::result& result);

        seeds& owner;
        config::endpoint name;
        std::vector<boost::asio::ip::address> found;
        std::unique_ptr<net::name_lookup> lookup; // null for an address
        net::timer again;
    };

    net::reactor& home_;
    const std::function<void()> changed_;
    bool expedited_ = true;
    std::vector<std::unique_ptr<seed>> seeds_;
};

} // namespace thalamus::cluster
