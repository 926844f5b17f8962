#pragma once
// A steady load on the nodes of a cluster, by one thread: each stream sends its requests at even
// times, whatever becomes of them, to the nodes in turn, on kept-alive connections. It does as a
// client with the addresses of all nodes does: one that cannot be connected to, or leaves a request
// without an answer, is left aside for a moment; a request that could not be sent goes to the next
// node; one whose kept-alive connection turns out closed before a byte of the answer goes out again
// on a new one.

#include "tests/failures/audit.hpp"
#include "tests/support/waiting.hpp"

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

namespace thalamus::test {

struct stream {
    std::string name;
    std::string path;
    std::string key; ///< X-Key
    double per_second = 1;
};

enum class ending : unsigned char {
    answered,
    refused,   ///< no connection
    reset,     ///< the connection ended before the answer did
    malformed, ///< no answer that this client can read
    timeout
};
const char* to_text(ending how);

struct exchange {
    std::uint16_t stream = 0, node = 0; ///< their indices
    std::uint16_t status = 0;           ///< 0 = not answered
    ending how = ending::answered;
    moment sent = 0, received = 0;

    bool failed() const { return how != ending::answered || status >= 500; }
};

class load {
public:
    static constexpr milliseconds patience{1000}; ///< with a request, connecting included
    static constexpr milliseconds set_aside{250}; ///< a node after a failure
    static constexpr std::size_t most_connections =
        2000; ///< to one node: more than come in `patience`

    /// Begins at once. All nodes are at `port`.
    load(std::vector<std::string> addresses, std::uint16_t port, std::vector<stream> streams);
    ~load();
    load(const load&) = delete;

    /// Waits for the last answers. Call once; exchanges in the order of their ends.
    std::vector<exchange> stop();

private:
    class engine;
    std::atomic<bool> stopping_{false};
    std::vector<exchange> done_; // of the thread until it is joined
    std::thread thread_;
};

moment now();

} // namespace thalamus::test
