#include "tests/support/raw_client.hpp"

namespace thalamus::test {

bool raw_client::try_send(std::string_view bytes, deadline until) {
    try {
        socket_.send(bytes, until);
        return true;
    } catch (const connection_lost&) {
        return false;
    }
}

void raw_client::send_in_pieces(std::string_view bytes, std::size_t piece) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) socket_.send(bytes.substr(at, piece));
}

response raw_client::ask(std::string_view method, std::string_view target,
                         const std::vector<field>& fields, std::string_view body) {
    send(request_text(method, target, fields, body));
    return read(method);
}

std::string raw_client::read_until_close(deadline until) {
    auto bytes = reader_.buffered();
    try {
        while (socket_.receive(bytes, until)) {}
    } catch (const connection_lost&) {}
    return bytes;
}

bool raw_client::closed(deadline until) {
    std::string more;
    try {
        return reader_.buffered().empty() && !socket_.receive(more, until);
    } catch (const connection_lost&) {
        return true;
    } catch (const timed_out&) {
        return false;
    }
}

} // namespace thalamus::test
