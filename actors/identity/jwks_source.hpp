#pragma once
// The keys that one issuer publishes at a URL. In a cluster one node fetches them for all: the others ask
// it, and fetch themselves only if it does not answer or has nothing fresh. Owned by the key keeper; the
// first reactor only.
//
//   nothing is under way ──due, or wanted early and not cooling down──► asking the owner ──► fetching
//            ▲                                                             │ newer keys       │
//            └───────────────── who waits is told ◄────────────────────────┴──────────────────┘

#include "actors/context.hpp"
#include "actors/identity/jwks_document.hpp"
#include "actors/identity/jwks_messages.hpp"
#include "cluster/questions.hpp"
#include "net/http_client.hpp"
#include "policies/auth/key_refresh.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace thalamus::actors {

class key_source {
public:
    /// What its keeper knows and does.
    struct surroundings {
        /// Whose turn it is to fetch; empty: this node's.
        std::function<std::string()> owner;
        /// Nothing is fetched before, for others may have the keys.
        net::time_point settled = net::time_point::min();
        std::function<void()> changed; ///< keys() is another
        /// For the metrics: when the last ones were fetched.
        std::atomic<std::chrono::system_clock::time_point>& fetched;
    };

    key_source(reactor_context& context, const config::key_url_settings& settings, surroundings in);
    ~key_source();

    /// Null: none that count.
    const std::shared_ptr<const auth::key_set>& keys() const { return keys_; }

    using outcome = keys_looked_up::outcome;
    /// Somebody has a token whose key is not in `known`. `then` is called once: when there are other keys, or
    /// when a look has ended that brought none, or none may be had now.
    void want(const std::shared_ptr<const auth::key_set>& known, std::function<void(outcome)> then);

    /// From another node.
    void learn(const key_document& what);
    /// The nodes, or whose turn it is, may be others. Without keys the new ones are asked for theirs.
    void nodes_changed(const std::vector<std::string>& new_peers);
    void asked(const key_question& what, cluster::answer_giver give);

private:
    struct waiter {
        std::uint64_t since; // of the looks that had begun when it came
        std::shared_ptr<const auth::key_set> known;
        std::function<void(outcome)> then;
    };

    void arm();
    void on_time();
    void drop_if_over();
    void begin(bool early);
    void ask(const std::string& node);
    void answered(const key_answer& what, std::uint64_t newer_than);
    void fetch();
    void fetched(const net::http_result& what);
    void take(const net::http_answer& answer);
    void failed(const std::string& why);
    /// False if it is no key set of use.
    bool accept(key_document what);
    /// document_, for somebody else.
    key_document document_now() const;
    void finish();
    void tell_of_other_keys();
    /// Those for whom `done` holds, who wait no longer.
    template <class F>
    std::vector<waiter> take_waiting(F done);
    /// Where no keys count the pauses after failures do.
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
    net::timer timer_, usable_;            // the next look; the end of the keys' time
    std::optional<key_document> document_; // as it came
    net::time_point fetched_;              // when, though maybe by another node
    std::uint64_t highest_version_ = 0;    // that any node was heard to have
    std::shared_ptr<const auth::key_set> keys_;
    bool under_way_ = false;
    bool early_ = false;      // the look under way
    bool reached_ = true;     // by the last look
    std::uint64_t looks_ = 0; // that have begun
    std::vector<waiter> waiting_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // answers may come late
};

} // namespace thalamus::actors
