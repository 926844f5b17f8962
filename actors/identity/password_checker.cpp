#include "actors/identity/password_checker.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace thalamus::actors {

namespace {

/// Below the reactors when cores are short, but not starved by them: a tenth of their weight.
constexpr int niceness = 10;

void lower_priority() {
    const auto self = static_cast<id_t>(::gettid()); // on Linux each thread has its own priority
    ::setpriority(PRIO_PROCESS, self, ::getpriority(PRIO_PROCESS, self) + niceness);
}

password_result answer_to(const auth::password_lookup& question, auth::password_verdict verdict) {
    switch (verdict) {
    case auth::password_verdict::unable: return {password_result::outcome::unable, nullptr};
    case auth::password_verdict::right:
        if (question.principal) return {password_result::outcome::right, question.principal};
        break;
    case auth::password_verdict::wrong: break;
    }
    return {password_result::outcome::wrong, nullptr};
}

} // namespace

/// The part of an inquiry that outlives it while its result is under way.
struct password_checker::asker {
    net::reactor& home;
    handler on_response; // on its reactor; empty once called or cancelled
};

struct password_checker::shared {
    const check by;
    std::mutex mutex;
    std::condition_variable changed;
    bool ends = false;
    auth::password_queue<std::shared_ptr<asker>> queue{most_waiting};
};

password_checker::password_checker(unsigned cores, check by)
    : shared_(std::make_shared<shared>(std::move(by))) {
    const auto threads = std::clamp(cores / 2, 1u, most_threads);
    threads_.reserve(threads);
    threads_.emplace_back([&with = *shared_] { work(with); });
    try {
        while (threads_.size() < threads) threads_.emplace_back([&with = *shared_] { work(with); });
    } catch (const std::system_error&) { // one thread is enough
    }
}

password_checker::~password_checker() {
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->ends = true;
    }
    shared_->changed.notify_all();
    for (auto& thread : threads_) thread.join();
}

void password_checker::work(shared& with) {
    lower_priority();
    std::unique_lock lock(with.mutex);
    while (true) {
        with.changed.wait(lock, [&] { return with.ends || !with.queue.idle(); });
        if (with.ends) return;
        const auto question = *with.queue.take();
        lock.unlock();
        const auto response = answer_to(question, with.by(question.password, question.hash));
        lock.lock();
        // Under the lock: the reactors of askers that are still in the queue exist.
        for (auto& who : with.queue.finish(question.name)) {
            auto& home = who->home;
            home.post([who = std::move(who), response] {
                if (const auto call = std::exchange(who->on_response, nullptr)) call(response);
            });
        }
    }
}

std::unique_ptr<password_checker::lookup> password_checker::ask(net::reactor& home,
                                                                auth::password_lookup question,
                                                                net::time_point deadline,
                                                                handler on_response) {
    const auto name = question.name;
    auto who = std::make_shared<asker>(home, std::move(on_response));
    using added = decltype(shared_->queue)::added;
    auto how = added::overload;
    {
        const std::lock_guard lock(shared_->mutex);
        how = shared_->queue.add(std::move(question), who);
    }
    if (how == added::overload) return nullptr;
    if (how == added::first) shared_->changed.notify_one();
    return std::unique_ptr<lookup>(new lookup(shared_, std::move(who), name, deadline));
}

password_checker::lookup::lookup(std::shared_ptr<shared> with, std::shared_ptr<asker> who,
                                 const auth::password_name& name, net::time_point deadline)
    : shared_(std::move(with)),
      asker_(std::move(who)),
      name_(name),
      deadline_(asker_->home.timers(), base::bind<&lookup::give_up>(this)) {
    deadline_.arm(deadline);
}

password_checker::lookup::~lookup() {
    take_back();
    asker_->on_response = nullptr;
}

void password_checker::lookup::take_back() {
    const std::lock_guard lock(shared_->mutex);
    shared_->queue.cancel(name_, asker_);
}

void password_checker::lookup::give_up() {
    take_back();
    const auto who = asker_; // the handler may destroy this
    if (const auto call = std::exchange(who->on_response, nullptr))
        call({password_result::outcome::late, nullptr});
}

} // namespace thalamus::actors
