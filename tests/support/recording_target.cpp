#include "tests/support/recording_target.hpp"

#include <algorithm>

namespace thalamus::test {
namespace {

constexpr std::size_t kept_bytes = 1 << 20;

void keep(std::string& to, std::string_view bytes) {
    to.append(bytes.substr(0, kept_bytes - std::min(kept_bytes, to.size())));
}

} // namespace

struct recording_target::worker {
    std::size_t number = 0;
    socket connection;
    target_connection record; // under the target's mutex
    std::thread thread;
};

const std::string& target_exchange::read_body(deadline until) {
    if (!body_read_) read_body_to([](std::string_view) {}, until);
    return head.body;
}

void target_exchange::read_body_to(const message_reader::sink& to, deadline until) {
    reader_->read_body(
        head, false,
        [&](std::string_view part) {
            keep(head.body, part);
            to(part);
        },
        until, &head.trailers);
    body_read_ = true;
    std::lock_guard lock(target_->mutex_);
    for (auto& one : target_->workers_)
        if (one->number == connection) one->record.requests.push_back(head);
    target_->requests_.push_back(head);
    ++target_->complete_;
}

void target_exchange::send(std::string_view bytes, deadline until) {
    while (!bytes.empty()) {
        auto sent = socket_->send_some(bytes, until);
        if (sent == 0) throw timed_out("target: the gateway does not read");
        target_->sent_ += sent;
        bytes.remove_prefix(sent);
    }
}

void target_exchange::wait(gate& until_open) {
    deadline end(30s);
    while (!target_->stopping_ && !end.passed() && !until_open.wait(20ms)) {}
}

std::string target_exchange::receive_raw(deadline until) { return reader_->read_some(until); }

bool target_exchange::client_left(deadline until) {
    std::string more;
    try {
        while (socket_->receive(more, until)) {}
        return true;
    } catch (const connection_lost&) {
        return true;
    } catch (const timed_out&) {
        return false;
    }
}

void target_exchange::finish_sending() { socket_->shutdown_send(); }

void target_exchange::delay_acknowledgements() { socket_->delay_acknowledgements(); }

void target_exchange::close() { end_ = true; }

void target_exchange::reset() {
    end_ = true;
    std::lock_guard lock(target_->mutex_);
    socket_->reset();
}

recording_target::recording_target(std::string name) : name_(std::move(name)) {
    handler_ = [this](target_exchange& x) {
        x.read_body();
        x.answer(200, name_, {{"X-Target", name_}});
    };
    start();
}

recording_target::~recording_target() { stop(); }

void recording_target::handle(handler how) {
    std::lock_guard lock(mutex_);
    handler_ = std::move(how);
}

void recording_target::start() {
    stopping_ = false;
    listener_ = socket::listen(port_);
    port_ = listener_.local_port();
    acceptor_ = std::thread([this] { accept_loop(); });
}

void recording_target::stop() {
    if (stopping_.exchange(true)) return;
    listener_.shutdown();
    acceptor_.join();
    listener_.close();
    std::vector<std::thread*> threads;
    {
        std::lock_guard lock(mutex_);
        for (auto& one : workers_) {
            if (one->connection.valid()) one->connection.shutdown();
            threads.push_back(&one->thread);
        }
    }
    for (auto* thread : threads)
        if (thread->joinable()) thread->join();
}

void recording_target::accept_loop() {
    while (!stopping_) {
        auto connection = listener_.accept(1s);
        if (!connection.valid()) continue;
        std::lock_guard lock(mutex_);
        auto& self = *workers_.emplace_back(std::make_unique<worker>());
        self.number = workers_.size() - 1;
        self.connection = std::move(connection);
        self.thread = std::thread([this, &self] { serve(self); });
    }
}

void recording_target::record(worker& self, std::string_view bytes) {
    received_ += bytes.size();
    std::lock_guard lock(mutex_);
    self.record.received += bytes.size();
    keep(self.record.bytes, bytes);
}

void recording_target::serve(worker& self) {
    message_reader reader(self.connection, [&](std::string_view bytes) { record(self, bytes); });
    try {
        serve_requests(self, reader);
    } catch (const test_error&) { // the gateway broke the connection, or the target stops
    }
    std::lock_guard lock(mutex_);
    self.connection.close();
    self.record.open = false;
}

void recording_target::serve_requests(worker& self, message_reader& reader) {
    for (std::size_t number = 0; !stopping_; ++number) {
        target_exchange x;
        x.connection = self.number;
        x.number = number;
        x.target_ = this;
        x.socket_ = &self.connection;
        x.reader_ = &reader;
        if (!reader.read_request_head(x.head, 300s)) return;
        // Without a body it is complete, and recorded before the test can see an answer.
        if (!x.head.has("Transfer-Encoding") && !x.head.has("Content-Length")) x.read_body();
        handler how;
        {
            std::lock_guard lock(mutex_);
            how = handler_;
        }
        how(x);
        if (x.end_) return;
        x.read_body();
    }
}

std::vector<target_connection> recording_target::connections() const {
    std::lock_guard lock(mutex_);
    std::vector<target_connection> copy;
    for (auto& one : workers_) copy.push_back(one->record);
    return copy;
}

std::size_t recording_target::open_connections() const {
    std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        workers_.begin(), workers_.end(), [](const auto& one) { return one->record.open; }));
}

std::vector<request> recording_target::requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
}

request recording_target::last_request() const {
    auto all = requests();
    if (all.empty()) throw test_error(name_ + " saw no request");
    return all.back();
}

bool recording_target::wait_for_requests(std::size_t count, deadline until) const {
    return eventually([&] { return complete_ >= count; }, until);
}

void recording_target::forget() {
    std::lock_guard lock(mutex_);
    for (auto& one : workers_) {
        if (!one->record.open && one->thread.joinable()) one->thread.join();
        one->record.requests.clear();
        one->record.bytes.clear();
        one->record.received = 0;
    }
    requests_.clear();
    complete_ = 0;
}

} // namespace thalamus::test
