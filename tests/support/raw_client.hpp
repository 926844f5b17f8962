#pragma once
// One client connection, byte by byte: sends exactly what it is given and reads what comes.

#include "tests/support/http_text.hpp"

namespace thalamus::test {

class raw_client {
public:
    /// `receive_buffer` > 0 makes a client whose window is small from the start.
    explicit raw_client(std::uint16_t port, int receive_buffer = 0)
        : socket_(socket::connect(port, receive_buffer)),
          reader_(socket_) {}
    raw_client(const std::string& address, std::uint16_t port, deadline until = 5s)
        : socket_(socket::connect(address, port, until)),
          reader_(socket_) {}
    raw_client(const raw_client&) = delete;

    void send(std::string_view bytes, deadline until = 10s) { socket_.send(bytes, until); }
    /// Sends what the other side takes; false if it closed meanwhile.
    bool try_send(std::string_view bytes, deadline until = 10s);
    /// One segment per `piece` bytes.
    void send_in_pieces(std::string_view bytes, std::size_t piece);

    /// The final answer with its body, its 1xx in `interim`. `method` says whether a body follows.
    response read(std::string_view method = "GET", deadline until = 10s) {
        return reader_.read_response(method, until);
    }
    response read_head(deadline until = 10s) { return reader_.read_response_head(until); }
    /// send() and read().
    response ask(std::string_view method, std::string_view target,
                 const std::vector<field>& fields = {}, std::string_view body = {});
    response get(std::string_view target, const std::vector<field>& fields = {}) {
        return ask("GET", target, fields);
    }

    std::string read_some(deadline until = 5s) { return reader_.read_some(until); }
    std::string read_exactly(std::size_t count, deadline until = 5s) {
        return reader_.read_exactly(count, until);
    }
    /// Everything to the end of the stream, by FIN or RST. @throws timed_out
    std::string read_until_close(deadline until = 5s);
    /// True if the stream ends before the deadline with nothing more to read.
    bool closed(deadline until = 5s);
    /// True if nothing comes, neither bytes nor the end, for that long.
    bool silent_for(milliseconds time) { return !socket_.readable(time); }

    void finish_sending() { socket_.shutdown_send(); }
    void leave() { socket_.close(); }
    void reset() { socket_.reset(); }
    std::uint16_t local_port() const { return socket_.local_port(); }
    message_reader& reader() { return reader_; }
    test::socket& raw() { return socket_; }

private:
    test::socket socket_;
    message_reader reader_;
};

} // namespace thalamus::test
