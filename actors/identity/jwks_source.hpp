#pragma once
// The keys that one issuer publishes at a URL. In a cluster one node, the owner, fetches them for
// all. The other nodes ask the owner, and fetch the keys themselves only if the owner does not
// answer or has nothing fresh. Owned by the JWKS manager; used on the first reactor only.
//
//   idle ──due, or wanted early and not cooling down──► asking the owner ──► fetching
//    ▲                                                        │ newer keys      │
//    └───────────── the waiters are notified ◄────────────────┴─────────────────┘

#include "actors/context.hpp"
#include "actors/identity/jwks_document.hpp"
#include "actors/identity/jwks_messages.hpp"
#include "base/lifetime_token.hpp"
#include "cluster/handlers.hpp"
#include "net/http_client.hpp"
#include "policies/auth/key_refresh.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::actors {

class jwks_source {
public:
    /// What the JWKS manager provides.
    struct surroundings {
        /// The node that fetches; empty if it is this node.
        std::function<std::string()> owner;
        /// No fetch before this time, because other nodes may have the keys.
        net::time_point settled = net::time_point::min();
        std::function<void()> changed; ///< keys() has changed
        /// For the metrics: when the last keys were fetched.
        std::atomic<std::chrono::system_clock::time_point>& fetched;
    };

    jwks_source(reactor_context& context, const config::key_url_settings& settings,
                surroundings in);

    /// Null if no keys are valid.
    const std::shared_ptr<const auth::key_set>& keys() const { return keys_; }

    using outcome = jwks_refreshed::outcome;
    /// Requests a key that is not in `known`. `then` is called once: when there are other keys,
    /// when a refresh has ended without other keys, or at once if no refresh is allowed now.
    void want(const std::shared_ptr<const auth::key_set>& known, std::function<void(outcome)> then);

    /// Takes a document from another node.
    void learn(const jwks_document& what);
    /// The nodes, and with them the owner, may have changed. Without keys, asks the new peers for
    /// theirs.
    void nodes_changed(const std::vector<std::string>& new_peers);
    void on_request(const jwks_request& request, cluster::reply_sender reply);

private:
    struct waiter {
        std::uint64_t since; // looks_ when the request came
        std::shared_ptr<const auth::key_set> known;
        std::function<void(outcome)> then;
    };

    void arm();
    void on_time();
    void drop_if_over();
    void begin(bool early);
    void call_owner(const std::string& node);
    void on_reply(const jwks_reply& reply, std::uint64_t newer_than);
    void fetch();
    void fetched(const net::http_result& what);
    void take(const net::http_response& response);
    void failed(const std::string& why);
    /// Returns false if the document has no usable key set.
    bool accept(jwks_document what);
    /// document_ with its age, for another node.
    jwks_document document_now() const;
    void finish();
    void tell_of_other_keys();
    /// Removes and returns the waiters for which `done` holds.
    template <class F>
    std::vector<waiter> take_waiting(F done);
    /// Without valid keys the pauses after failures apply instead.
    bool may_be_early() const { return keys_ && refresh_.may_be_early(now()); }
    bool may_begin(bool early) const;
    outcome last_outcome() const {
        return keys_ && reached_ ? outcome::looked : outcome::unreachable;
    }
    net::time_point now() const { return context_.home.now(); }

    reactor_context& context_;
    const config::key_url_settings& settings_;
    const surroundings in_;
    auth::key_refresh refresh_;
    net::http_client client_;
    std::unique_ptr<net::http_call> call_;
    net::timer timer_, usable_;             // the next refresh; the end of the keys' validity
    std::optional<jwks_document> document_; // as received
    net::time_point fetched_;               // when, perhaps by another node
    std::uint64_t highest_version_ = 0;     // the highest known on any node
    std::shared_ptr<const auth::key_set> keys_;
    bool under_way_ = false;
    bool early_ = false;      // whether the current refresh is early
    bool reached_ = true;     // whether the last refresh reached the issuer
    std::uint64_t looks_ = 0; // refreshes that have begun
    std::vector<waiter> waiting_;
    base::lifetime_token lifetime_; // replies may arrive late
};

} // namespace thalamus::actors
