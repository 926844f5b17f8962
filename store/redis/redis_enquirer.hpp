#pragma once
// Queries one of several servers that all know the same (Sentinels, or nodes of a Redis Cluster):
// the one that replied last, then the others in turn, each within a deadline. Owned by its caller;
// one reactor's thread only.

#include "store/redis/redis_link.hpp"

#include <functional>

namespace thalamus::store {

class redis_enquirer final : private redis_connection::owner {
public:
    /// Null, with an error, if no server gave an accepted reply.
    using handler = std::function<void(const redisReply*, const std::string& error)>;
    /// Empty if the reply is accepted, otherwise the reason.
    using check = std::function<std::string(const redisReply&)>;

    /// `authenticate`: from the start, not only when a server requires it.
    redis_enquirer(redis_context& context, bool authenticate);
    ~redis_enquirer();

    /// Calls back once, during the call or later; never after destruction. Must not be called while
    /// a query is in progress.
    void query(std::vector<config::endpoint> servers, std::vector<std::string> words, check accept,
               handler then);
    bool active() const { return then_ != nullptr; }
    /// The server that replied last.
    const net::tcp_endpoint& last_server() const { return address_; }

private:
    class query_request;

    void after_reply(const redisReply&, net::clock::duration, bool) override {}
    bool on_timeout(unsigned) override { return false; } // its commands have no deadlines
    void on_lost(std::string_view reason) override;

    void query_next();
    void connect(const std::vector<net::tcp_endpoint>& found);
    void send();
    void on_query_reply(const redisReply& reply);
    void next(std::string_view reason);
    void on_deadline() { next("no reply in time"); }
    void detach();

    redis_context& context_;
    bool authenticate_;
    std::vector<config::endpoint> servers_; // not queried yet
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
