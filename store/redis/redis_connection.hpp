#pragma once
// One connection to one Redis server: takes commands, returns the replies in the same order, each
// with a deadline. Runs hiredis' asynchronous context on the reactor's own poller; the commands of
// one turn leave in one write. It does not reconnect: see store/redis/redis_link.hpp. Owned by a
// link or an enquirer; one reactor's thread only. SIGPIPE must be ignored, because hiredis uses
// write(2).

#include "net/reactor.hpp"
#include "net/socket.hpp"
#include "store/redis/redis_command.hpp"
#include "store/redis/redis_reader_guard.hpp"
#include "store/store.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::store {

/// Waits for a reply. Exactly one of its functions is called, once.
class redis_request {
public:
    virtual ~redis_request() = default;
    /// `self` is this object, so that it can be sent again.
    virtual void on_reply(std::unique_ptr<redis_request> self, const redisReply& reply) = 0;
    virtual void on_failure(failure reason) = 0;
};

class redis_connection final : public std::enable_shared_from_this<redis_connection>,
                               private net::poller::handler,
                               private reply_account {
public:
    class owner {
    public:
        /// Called after the request was notified; `waited` is false if it had already timed out.
        /// The connection may be closed within the call.
        virtual void after_reply(const redisReply& reply, net::clock::duration took,
                                 bool waited) = 0;
        /// `n` requests got no reply in time, and are notified after this call. Return true to fail
        /// all other waiting requests with them.
        virtual bool on_timeout(unsigned n) = 0;
        /// The connection broke, or could not be opened; waiting requests are notified after this
        /// call. The owner must release it.
        virtual void on_lost(std::string_view reason) = 0;

    protected:
        ~owner() = default;
    };

    /// Shared, so that it outlives a callback in which its owner releases it.
    static std::shared_ptr<redis_connection> make(net::reactor& home, owner& owner) {
        return std::shared_ptr<redis_connection>(new redis_connection(home, owner));
    }
    ~redis_connection();
    redis_connection(const redis_connection&) = delete;
    redis_connection& operator=(const redis_connection&) = delete;

    /// Starts to connect; commands may be sent at once. False, with error(), if it failed at once.
    bool connect(const net::tcp_endpoint& address);
    const std::string& error() const { return error_; }

    /// A request is notified when its deadline passes, and the late reply is dropped. `request` may
    /// be null.
    void send(std::unique_ptr<redis_request> request, redis_command& command,
              net::time_point deadline);

    /// Detaches from the owner: waiting requests fail with `reason`, and the owner is not called
    /// again.
    void close(failure reason);

    /// Commands without a reply, including those that timed out.
    std::size_t outstanding() const { return waiting_.size(); }
    /// Bytes that the kernel has not taken yet.
    std::size_t unsent() const;

private:
    struct pending {
        std::unique_ptr<redis_request> request; // null: nothing waits for the reply any more
        net::time_point sent, deadline;
    };

    redis_connection(net::reactor& home, owner& owner);
    void on_events(unsigned events) override;
    bool reply_due() const override { return !waiting_.empty(); }
    void read(bool ended);
    void flush();
    void expire();
    void on_reply(const redisReply& reply);
    void report_if_lost();
    void free_context();
    std::vector<std::unique_ptr<redis_request>> take_waiting();

    // Callbacks for hiredis.
    static void on_context_reply(redisAsyncContext* context, void* reply, void*);
    static void on_context_connected(const redisAsyncContext* context, int status);
    static void on_context_writes(void* self);
    static void on_context_written(void* self);
    static void on_context_ends(void* self);

    net::reactor& home_;
    owner* owner_; // null once detached
    redisAsyncContext* context_ = nullptr;
    std::deque<pending> waiting_;
    net::timer timer_;
    net::time_point next_deadline_ = net::time_point::max();
    std::string error_;
    bool connected_ = false;
    bool unsent_ = false;  // hiredis has bytes to send
    bool blocked_ = false; // the kernel takes no more bytes
    bool flushing_ = false, flush_posted_ = false;
};

} // namespace thalamus::store
