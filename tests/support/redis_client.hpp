#pragma once
// Asks a Redis server on this machine, one command at a time, and makes no use of the code under
// test.

#include "tests/support/socket.hpp"

#include <string>
#include <vector>

namespace thalamus::test {

struct redis_answer {
    char type = 0;    ///< '+' '-' ':' '$' '*', or '0' for nil
    std::string text; ///< of all but arrays
    std::vector<redis_answer> elements;

    bool is_error() const { return type == '-'; }
    /// For messages and comparisons: elements in brackets.
    std::string to_string() const;
};

class redis_client {
public:
    explicit redis_client(std::uint16_t port) : socket_(socket::connect(port)) {}
    /// @throws test_error if the server does not answer
    redis_answer ask(const std::vector<std::string>& words, deadline until = 5s);

private:
    std::string line(deadline until);
    std::string bytes(std::size_t count, deadline until);
    redis_answer answer(deadline until);

    socket socket_;
    std::string received_;
};

} // namespace thalamus::test
