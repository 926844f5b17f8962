#pragma once
// One reactor with everything that actors share, and clients' requests without connections: what a
// test does with either is done on the reactor.

#include "actors/context.hpp"
#include "actors/request/exchange.hpp"
#include "actors/upstream/service_targets.hpp"
#include "cluster/node.hpp"
#include "config/loader.hpp"
#include "net/actor_runtime.hpp"
#include "net/on_reactor.hpp"
#include "observe/access_log.hpp"
#include "store/store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <string>

namespace thalamus::actors {

/// What became of one request; outlives its stream.
struct outcome {
    std::string head, body, interim;
    bool closed = false;
    unsigned status() const {
        return head.size() < 12 ? 0 : static_cast<unsigned>(std::stoi(head.substr(9, 3)));
    }
};

/// A request whose bytes are at hand, and whose answer goes into an `outcome`.
class scripted_stream final : public net::server_stream, net::body_source, net::body_sink {
public:
    scripted_stream(net::reactor& home, outcome& to, std::string head, std::string body, bool whole)
        : home_(home),
          to_(to),
          bytes_(std::move(head)),
          body_(std::move(body)),
          whole_(whole) {
        EXPECT_FALSE(http::parse_request_head(bytes_, 100, head_));
        peer_ = {boost::asio::ip::address_v4::loopback(), 40000};
        account_.begun = account_.head_done = home.now();
    }
    void client_leaves() { end(false, "client left"); }
    void more(std::string_view body, bool whole) {
        body_.append(body);
        whole_ = whole;
        observer_->on_stream_ready();
    }

    net::reactor& home() override { return home_; }
    net::body_source& request_body() override { return *this; }
    void limit_request_body(std::uint64_t) override {}
    bool body_arrived() const override { return whole_ && body_.empty(); }
    bool awaits_body() const override { return !whole_ && body_.empty(); }
    void drop_body() override { body_.clear(); }
    void send_interim(unsigned, const net::response_head_writer& head) override {
        head.write_http1(to_.interim, {});
    }
    void end_tunnel() override {}
    net::body_sink& send_head(const net::response_head_writer& head, http::body_framing framing,
                              std::uint64_t length) override {
        net::response_framing form;
        form.framing = framing;
        form.length = length;
        head.write_http1(to_.head, form);
        head_sent_ = true;
        return *this;
    }
    net::body_sink& switch_protocols(const net::response_head_writer& head) override {
        return send_head(head, http::body_framing::close, 0);
    }
    void advance() override {
        if (finished_) end(true, {});
    }
    void abort(std::string_view why) override { end(false, why); }
    account accounts() const override {
        account a = account_;
        a.bytes_in = taken_;
        return a;
    }

private:
    void end(bool complete, std::string_view why) {
        to_.closed = true;
        if (auto* who = std::exchange(observer_, nullptr)) who->on_stream_closed(complete, why);
    }
    piece peek() override {
        if (!body_.empty()) return {state::data, body_};
        return {whole_ ? state::end : state::wait};
    }
    void consume(std::size_t n) override {
        body_.erase(0, n);
        taken_ += n;
    }
    std::size_t write(std::string_view bytes) override {
        to_.body.append(bytes);
        return bytes.size();
    }
    void finish() override { finished_ = true; }
    void flush() override {}
    bool drained() const override { return true; }
    bool failed() const override { return false; }

    net::reactor& home_;
    outcome& to_;
    std::string bytes_, body_;
    bool whole_, finished_ = false;
    std::uint64_t taken_ = 0;
    account account_;
};

class node_test : public ::testing::Test {
protected:
    /// `config` without node, admin and log.
    void start(const std::string& config) {
        auto from = config::environment::of_process();
        from.read_file = [&](const std::string&) {
            return "node: {name: test, reactors: 1}\nlog: {level: off, access: off}\n" + config;
        };
        const auto loaded = config::load("gateway.yaml", from);
        for (const auto& problem : loaded.problems) ADD_FAILURE() << problem.to_string();
        ASSERT_TRUE(loaded.value);
        parts_ = std::make_unique<parts>(loaded.value);
    }
    void TearDown() override {
        if (!parts_) return;
        on_reactor([&] { end(); });
        on_reactor([] {}); // the turn in which actors end is over
        parts_.reset();
    }
    /// What a test made on the reactor.
    virtual void end() {}

    reactor_context& context() { return parts_->context; }

    void on_reactor(const std::function<void()>& f) { net::on_reactor(context().home, f); }
    /// Waits until `holds`, asked on the reactor.
    bool eventually(const std::function<bool()>& holds) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        for (bool held = false; std::chrono::steady_clock::now() < until;
             std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
            on_reactor([&] { held = holds(); });
            if (held) return true;
        }
        return false;
    }

    /// On the reactor. The stream lives as long as its exchange.
    exchange_ptr ask(outcome& to, const std::string& line, std::string body = {},
                     bool whole = true) {
        std::string head = line + " HTTP/1.1\r\nHost: test\r\n";
        if (!body.empty() || !whole) head += "Content-Length: 1000\r\n";
        auto stream = std::make_unique<scripted_stream>(context().home, to, head + "\r\n",
                                                        std::move(body), whole);
        last_stream = stream.get();
        return exchange_ptr(new exchange(context(), std::move(stream), exchange::origin::client));
    }
    scripted_stream* last_stream = nullptr;

private:
    struct parts {
        explicit parts(config::snapshot_ptr s)
            : snapshot(std::move(s)),
              plan(snapshot),
              log(snapshot->log, 1),
              metrics(snapshot, 1),
              node(plan, log, metrics),
              system(config),
              home(*net::reactors_of(system).front()),
              context(home, node, 1) {
            if (snapshot->cluster) {
                cluster.emplace(home, snapshot->node.name, *snapshot->cluster,
                                cluster::node_status{});
                node.cluster = &*cluster;
            }
            for (const auto& service : snapshot->services)
                node.targets.push_back(std::make_unique<service_targets>(service));
            context.upstreams.resize(snapshot->services.size());
        }
        config::snapshot_ptr snapshot;
        routing::gateway_plan plan;
        observe::access_log log;
        observe::metrics metrics;
        node_context node;
        struct runtime : net::runtime_config {
            explicit runtime(const config::snapshot& of) : net::runtime_config(1) {
                if (of.cluster) cluster::node::prepare(*this);
            }
        } config{*snapshot};
        caf::actor_system system;
        net::reactor& home;
        reactor_context context;
        std::optional<cluster::node> cluster;
    };
    std::unique_ptr<parts> parts_;
};

} // namespace thalamus::actors
