#pragma once
// One kept-alive HTTP/1.1 connection of the load: non-blocking, one request at a time, answers with
// Content-Length only. Its owner polls the descriptor, edge-triggered.

#include <cstdint>
#include <string>
#include <string_view>

namespace thalamus::test {

class client_connection {
public:
    enum class state : unsigned char {
        busy,     ///< more to come, or idle
        complete, ///< the answer is there
        refused,  ///< never connected
        ended,    ///< by the other side
        malformed
    };

    client_connection() = default;
    ~client_connection() { close(); }
    client_connection(const client_connection&) = delete;

    void connect(const std::string& address, std::uint16_t port);
    /// @pre nothing is being asked
    void ask(std::string_view request);
    /// Does what can be done now. After `refused`, `ended` and `malformed` only close() is left.
    state advance();
    void close();

    int descriptor() const { return descriptor_; }
    int status() const { return status_; }
    bool keeps() const { return keeps_; }                 ///< for another request, after `complete`
    bool answer_begun() const { return !input_.empty(); } ///< while asking
    unsigned answers() const { return answers_; }         ///< complete ones so far

private:
    state receive();
    state look();

    int descriptor_ = -1;
    bool failed_ = false, connected_ = false, asking_ = false, keeps_ = true;
    int status_ = 0;
    unsigned answers_ = 0;
    std::string output_, input_;
};

} // namespace thalamus::test
