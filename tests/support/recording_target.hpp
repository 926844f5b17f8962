#pragma once
// A target that does as it is told and keeps what it saw: every byte per connection and every
// complete request. One thread per connection; handlers run on them and may block (at a gate).

#include "tests/support/http_text.hpp"

#include <atomic>
#include <list>
#include <memory>

namespace thalamus::test {

class recording_target;

/// One request at the target, from its head on. Lives during the handler's call.
class target_exchange {
public:
    request head;               ///< `body` once read_body() returned
    std::size_t connection = 0; ///< number of its connection, from 0
    std::size_t number = 0;     ///< of the request on its connection, from 0

    /// Reads the whole body. @throws connection_lost if it ends early or is malformed.
    const std::string& read_body(deadline until = 20s);
    /// The same; `to` gets all of it, of which only the first MiB is kept.
    void read_body_to(const message_reader::sink& to, deadline until = 20s);
    void send(std::string_view bytes, deadline until = 20s);
    void answer(int status, std::string_view body = "ok", const std::vector<field>& fields = {}) {
        send(answer_text(status, body, fields));
    }
    void wait(gate& until_open);                   ///< also ends when the target stops
    std::string receive_raw(deadline until = 20s); ///< after the head, undecoded; "" at the end
    /// True once the other side has closed its connection.
    bool client_left(deadline until);
    void finish_sending();
    void delay_acknowledgements();
    void close(); ///< after the handler
    void reset(); ///< at once, with RST

private:
    friend class recording_target;
    recording_target* target_ = nullptr;
    socket* socket_ = nullptr;
    message_reader* reader_ = nullptr;
    bool body_read_ = false;
    bool end_ = false;
};

struct target_connection {
    std::string bytes;             ///< received, the first MiB
    std::uint64_t received = 0;    ///< how many
    std::vector<request> requests; ///< complete ones; of large bodies the first MiB
    bool open = true;
};

class recording_target {
public:
    using handler = std::function<void(target_exchange&)>;

    /// Listens on a free port. The default answers 200 with `name` as the body and in X-Target.
    explicit recording_target(std::string name = "target");
    explicit recording_target(handler how) : recording_target() { handle(std::move(how)); }
    ~recording_target();

    /// How to answer from the next request on. A handler that does not read the body leaves that to
    /// the target, after the answer.
    void handle(handler how);
    /// Closes the port and every connection; start() opens the same port again.
    void stop();
    void start();

    std::uint16_t port() const { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    const std::string& name() const { return name_; }

    std::vector<target_connection> connections() const;
    std::size_t connection_count() const { return connections().size(); }
    std::size_t open_connections() const;
    std::vector<request> requests() const; ///< all complete ones, in their order
    std::size_t request_count() const { return complete_; }
    request last_request() const; ///< @throws test_error if there is none
    std::uint64_t bytes_received() const { return received_; }
    std::uint64_t bytes_sent() const { return sent_; }
    /// Waits until `count` requests are complete.
    bool wait_for_requests(std::size_t count, deadline until = 5s) const;
    void forget(); ///< what was recorded of closed connections, and all requests

private:
    friend class target_exchange;
    struct worker;
    void accept_loop();
    void serve(worker& self);
    void serve_requests(worker& self, message_reader& reader);
    void record(worker& self, std::string_view bytes);

    std::string name_;
    std::uint16_t port_ = 0;
    socket listener_;
    std::thread acceptor_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> complete_{0};
    std::atomic<std::uint64_t> received_{0}, sent_{0};
    mutable std::mutex mutex_; // guards all below
    handler handler_;
    std::list<std::unique_ptr<worker>> workers_;
    std::vector<request> requests_;
};

} // namespace thalamus::test
