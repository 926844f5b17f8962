#include "net/http_client.hpp"

#include "config/addresses.hpp"

#include <algorithm>

namespace thalamus::net {

http_client::http_client(reactor& home, config::endpoint server, const settings& how,
                         name_lookup_settings look_up)
    : home_(home),
      server_(std::move(server)),
      authority_(config::to_authority(server_)),
      settings_(how),
      look_up_(
          home, [this](const name_lookup::result& result) { looked_up(result); },
          std::move(look_up)),
      patience_(home.timers(), base::bind<&http_client::advance>(this)),
      bound_(std::make_shared<connection_bound>(how.max_connections)) {
    if (const auto ip = numeric_address(server_.host)) {
        addresses_.is(*ip);
        use_addresses();
    }
}

http_client::~http_client() {
    advancing_ = true; // no more calls begin
    while (!calls_.empty()) calls_.front().abandon();
}

std::unique_ptr<http_call> http_client::call(http_request request, time_point deadline,
                                             std::size_t max_body, http_call::handler on_result) {
    std::unique_ptr<http_call> made(
        new http_call(*this, std::move(request), deadline, max_body, std::move(on_result)));
    calls_.push_back(*made);
    if (const auto fault = fault_of(made->request_); !fault.empty()) {
        made->fail(http_failure::kind::malformed, std::string(fault));
    } else if (!may_wait()) {
        made->fail(http_failure::kind::overloaded,
                   "too many calls are waiting for " + config::to_text(server_));
    } else {
        waiting_.push_back(*made);
        ++waiting_count_;
        advance();
    }
    return made;
}

// Until the name is looked up, calls that will get a connection at once are queued too.
bool http_client::may_wait() const {
    return waiting_count_ < settings_.max_waiting + (bound_->max() - bound_->lent());
}

void http_client::stop_waiting(http_call& who) {
    if (!who.queue_hook::is_linked()) return;
    who.queue_hook::unlink();
    --waiting_count_;
}

void http_client::advance() {
    if (advancing_) return; // the outer loop continues
    advancing_ = true;
    for (bool stuck = false; !stuck && !waiting_.empty();) {
        auto& first = waiting_.front();
        switch (addresses_.ask(home_.now())) {
        case kept_addresses::advice::look_up:
            addresses_.begun(home_.now());
            look_up_.start(server_.host);
            break;
        case kept_addresses::advice::wait:
            if (!addresses_.known().empty()) patience_.arm(addresses_.waited_enough());
            stuck = true;
            break;
        case kept_addresses::advice::fail:
            first.fail(http_failure::kind::cannot_resolve,
                       "cannot look up " + server_.host + ": " + addresses_.error());
            break;
        case kept_addresses::advice::use:
            stuck = bound_->exhausted();
            if (stuck) break;
            stop_waiting(first);
            first.begin(pools_);
            break;
        }
    }
    advancing_ = false;
}

void http_client::looked_up(const name_lookup::result& result) {
    if (result.addresses.empty()) {
        addresses_.failed(result.error, home_.now());
    } else {
        addresses_.found(result.addresses, result.good_for, home_.now());
        use_addresses();
    }
    advance();
}

void http_client::use_addresses() {
    http_call::pools now;
    std::vector<tcp_endpoint> added;
    for (const auto& ip : addresses_.known()) added.push_back({ip, server_.port});
    for (auto& pool : pools_)
        if (std::erase(added, pool->target()) > 0) now.push_back(std::move(pool));
    for (const auto& address : added)
        now.push_back(
            std::make_shared<connection_pool>(home_, address, bound_, settings_.idle, [](int) {}));
    pools_ = std::move(now);
}

void http_client::prefer(const std::shared_ptr<connection_pool>& connected) {
    const auto it = std::ranges::find(pools_, connected);
    if (it != pools_.end()) std::iter_swap(pools_.begin(), it);
}

std::string http_client::awaited() const {
    const bool looking = addresses_.ask(home_.now()) == kept_addresses::advice::wait;
    return looking ? "the look-up of " + server_.host + " took too long"
                   : "no connection to " + config::to_text(server_) + " became free in time";
}

} // namespace thalamus::net
