#pragma once
// One connection to one Redis server: commands in, replies in the same order, each with a deadline.
// hiredis' asynchronous context over the reactor's own poller; the commands of one turn leave in one
// write. It does not connect again: see store/redis/redis_link.hpp.
// Owned by a link or an enquirer; one reactor's thread only. SIGPIPE must be ignored: hiredis writes
// with write(2).

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

/// Who waits for a reply. One of the two is called, once.
class redis_request {
public:
    virtual ~redis_request() = default;
    /// `self` is this object: it may be sent again.
    virtual void on_reply(std::unique_ptr<redis_request> self, const redisReply& reply) = 0;
    virtual void on_failure(failure why) = 0;
};

class redis_connection final : public std::enable_shared_from_this<redis_connection>,
                               private net::poller::handler,
                               private reply_account {
public:
    class owner {
    public:
        /// After the one who asked was told, unless nobody `waited` any more. The connection may be
        /// closed within the call.
        virtual void on_answered(const redisReply& reply, net::clock::duration took,
                                 bool waited) = 0;
        /// `n` requests got no reply in time, and are told after this. True: all others that wait
        /// are told the same with them.
        virtual bool on_timeout(unsigned n) = 0;
        /// Broken, or never opened; those who wait are told after this. To be let go.
        virtual void on_lost(std::string_view why) = 0;

    protected:
        ~owner() = default;
    };

    /// Shared, so that it outlives a callback in which its owner lets it go.
    static std::shared_ptr<redis_connection> make(net::reactor& home, owner& who) {
        return std::shared_ptr<redis_connection>(new redis_connection(home, who));
    }
    ~redis_connection();
    redis_connection(const redis_connection&) = delete;
    redis_connection& operator=(const redis_connection&) = delete;

    /// Begins to connect; commands may be sent at once. False, with error(), if that failed already.
    bool connect(const net::tcp_endpoint& to);
    const std::string& error() const { return error_; }

    /// Whose deadline passes is told so; the late reply is dropped. Without `who` nobody is told.
    void send(std::unique_ptr<redis_request> who, redis_command& what, net::time_point deadline);

    /// Lets it go: tells those who wait `why`, and calls its owner no more.
    void close(failure why);

    /// Commands without a reply, given up ones included.
    std::size_t outstanding() const { return waiting_.size(); }
    /// Bytes that the kernel did not take yet.
    std::size_t unsent() const;

private:
    struct pending {
        std::unique_ptr<redis_request> who; // null: nobody waits for it any more
        net::time_point sent, deadline;
    };

    redis_connection(net::reactor& home, owner& who);
    void on_events(unsigned events) override;
    bool reply_due() const override { return !waiting_.empty(); }
    void read(bool ended);
    void flush();
    void expire();
    void answered(const redisReply& reply);
    void tell_if_lost();
    void free_context();
    std::vector<std::unique_ptr<redis_request>> take_waiting();

    // What hiredis calls.
    static void on_context_reply(redisAsyncContext* context, void* reply, void*);
    static void on_context_connected(const redisAsyncContext* context, int status);
    static void on_context_writes(void* self);
    static void on_context_written(void* self);
    static void on_context_ends(void* self);

    net::reactor& home_;
    owner* owner_; // null once let go
    redisAsyncContext* context_ = nullptr;
    std::deque<pending> waiting_;
    net::timer timer_;
    net::time_point next_deadline_ = net::time_point::max();
    std::string error_;
    bool connected_ = false;
    bool unsent_ = false;  // hiredis holds bytes
    bool blocked_ = false; // the kernel takes none
    bool flushing_ = false, flush_posted_ = false;
};

} // namespace thalamus::store
