#pragma once
// HTTP/1.1 calls that the gateway makes for itself to one server: for an issuer's keys, a token's
// introspection, the decision of an outside authorizer. Connections are kept and used again; a name is
// looked up again every 30 s, and an address that does not answer is passed over for the next one. No
// redirects. One reactor's thread only. Must outlive its calls.

#include "config/snapshot.hpp"
#include "net/connection_pool.hpp"
#include "net/name_lookup.hpp"

#include <boost/intrusive/list.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace thalamus::net {

class http_client {
public:
    struct settings {
        std::size_t max_connections = 16;
        std::size_t max_waiting = 256; ///< calls that wait for one of them; more fail at once
        std::chrono::milliseconds idle{30'000};
    };

    struct request {
        std::string method = "GET";
        std::string target = "/";
        /// Beside Host, User-Agent, Accept-Encoding and Content-Length. Without controls.
        std::vector<std::pair<std::string, std::string>> fields;
        std::string body;
    };

    struct answer {
        unsigned status = 0;
        http::field_list fields; ///< into `head`
        std::string body;
        std::shared_ptr<const std::string> head;
    };
    struct failure {
        enum class kind : unsigned char {
            unresolved,  ///< its name stands for no address
            unconnected, ///< no address of it took the connection
            timeout,
            broken, ///< it closed before the answer was complete
            malformed,
            too_big,
            overloaded ///< too many calls wait
        };
        kind what;
        std::string text; ///< for the log
    };
    using result = std::variant<answer, failure>;
    using handler = std::function<void(result&&)>;

    /// One under way. To destroy it cancels it.
    class call;
    using call_handle = std::unique_ptr<call, void (*)(call*)>;

    http_client(reactor& home, config::endpoint server, settings how);
    ~http_client();

    /// `then` is called once, not within this call, and may begin others or destroy any handle.
    call_handle begin(request what, time_point deadline, std::size_t longest_body, handler then);

private:
    struct server_address {
        tcp_endpoint at;
        std::shared_ptr<connection_pool> pool;
    };
    using waiting_hook = boost::intrusive::list_base_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    void look_up();
    void resolved(const name_lookup::result& what);
    void use(const std::vector<boost::asio::ip::address>& addresses);
    void start_waiting();

    reactor& home_;
    const config::endpoint server_;
    const settings how_;
    const std::string host_; // the Host field
    name_lookup lookup_;
    bool looking_up_ = false;
    std::string lookup_error_;
    time_point look_up_at_ = time_point::min();
    std::vector<server_address> addresses_;
    std::size_t preferred_ = 0; // of the addresses
    std::shared_ptr<connection_bound> bound_;
    boost::intrusive::list<call, boost::intrusive::base_hook<waiting_hook>,
                           boost::intrusive::constant_time_size<false>>
        waiting_;
    std::size_t waiting_count_ = 0;
    timer freed_; // a connection is free: not within what freed it
};

} // namespace thalamus::net
