#pragma once
// Asks one of several servers that all know the same, of Sentinels or the nodes of a Redis Cluster:
// the one that answered last, else the next in turn, each within a deadline.
// Owned by who asks; one reactor's thread only.

#include "store/redis/redis_link.hpp"

#include <functional>

namespace thalamus::store {

class redis_enquirer final : private redis_connection::owner {
public:
    /// Null, with an error, if none of them gave a reply that is accepted.
    using handler = std::function<void(const redisReply*, const std::string& error)>;
    /// Empty if the reply is of use.
    using check = std::function<std::string(const redisReply&)>;

    /// `authenticate`: from the first, not only when asked to.
    redis_enquirer(redis_context& context, bool authenticate);
    ~redis_enquirer();

    /// Calls back once, during the call or later; not while it asks. Never once destroyed.
    void ask(std::vector<config::endpoint> whom, std::vector<std::string> words, check accept,
             handler then);
    bool asking() const { return then_ != nullptr; }
    /// Of the server that answered last.
    const net::tcp_endpoint& answered_by() const { return address_; }

private:
    class question;

    void on_answered(const redisReply&, net::clock::duration, bool) override {}
    bool on_timeout(unsigned) override { return false; } // none of its commands has a deadline
    void on_lost(std::string_view why) override;

    void ask_next();
    void connect(const std::vector<net::tcp_endpoint>& found);
    void send();
    void answered(const redisReply& reply);
    void next(std::string_view why);
    void let_go();

    redis_context& context_;
    bool authenticate_;
    std::vector<config::endpoint> whom_; // that were not asked yet
    std::vector<std::string> words_;
    check accept_;
    handler then_;
    std::string error_;
    std::unique_ptr<named_addresses> lookup_;
    std::shared_ptr<redis_connection> connection_;
    config::endpoint connected_to_;
    net::tcp_endpoint address_;
    net::timer deadline_;
};

} // namespace thalamus::store
