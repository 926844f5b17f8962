#pragma once
// The addresses to which a link connects. Owned by the link; its reactor's thread only.

#include "config/values.hpp"
#include "net/name_lookup.hpp"
#include "net/socket.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::store {

class redis_addresses {
public:
    struct result {
        std::vector<net::tcp_endpoint> found; ///< to be tried in turn; if empty, see `error`
        std::string error;
    };
    using handler = std::function<void(const result&)>;

    virtual ~redis_addresses() = default;
    /// Calls back once, during the call or later; never after destruction. Must not be called while
    /// a search is in progress.
    virtual void find(handler then) = 0;
};

/// The addresses of host names, in the order of the names.
class named_addresses final : public redis_addresses {
public:
    named_addresses(net::reactor& home, std::vector<config::endpoint> names)
        : home_(home),
          names_(std::move(names)) {}
    void find(handler then) override;

private:
    void find_next();
    void found(const net::name_lookup::result& addresses);

    net::reactor& home_;
    const std::vector<config::endpoint> names_;
    std::size_t next_ = 0;
    result result_;
    handler then_;
    std::optional<net::name_lookup> lookup_;
};

} // namespace thalamus::store
