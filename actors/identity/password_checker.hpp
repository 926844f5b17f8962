#pragma once
// Checks passwords off the reactors, which a check would hold up for a good part of a second: a few threads of
// low priority and a bounded queue before them. One per process, made only where a configuration has users.

#include "net/reactor.hpp"
#include "policies/auth/password_hash.hpp"
#include "policies/auth/password_queue.hpp"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace thalamus::actors {

struct password_answer {
    enum class outcome : unsigned char {
        right,
        wrong, ///< or nobody has the user
        late,  ///< the deadline passed before there was an answer
        unable ///< it could not be checked: for want of memory, most likely
    };
    outcome what = outcome::wrong;
    std::shared_ptr<const auth::principal> who; ///< right
};

class password_checker {
public:
    using check =
        std::function<auth::password_verdict(const std::string& password, const std::string& hash)>;
    using handler = std::function<void(const password_answer&)>;
    class inquiry;

    static constexpr unsigned most_threads = 2;
    static constexpr std::size_t most_waiting = 64;

    /// One thread, from four cores on two. `by` is called on them, and throws nothing.
    /// @throws std::system_error if there can be no thread
    explicit password_checker(unsigned cores = std::thread::hardware_concurrency(),
                              check by = auth::check_password);
    /// Waits for the checks under way (about a second at most). Questions that are still open stay without an
    /// answer; inquiries may outlive it.
    ~password_checker();
    password_checker(const password_checker&) = delete;
    password_checker& operator=(const password_checker&) = delete;

    /// On the reactor `home`. Null if `most_waiting` questions wait already ("overloaded"); one that was asked
    /// and has no answer yet is not asked twice. The handler is called once, on this reactor and never within
    /// ask(), and may destroy the inquiry.
    std::unique_ptr<inquiry> ask(net::reactor& home, auth::password_question question,
                                 net::time_point deadline, handler on_answer);

private:
    struct asker;
    struct shared;
    static void work(shared& with);

    std::shared_ptr<shared> shared_;
    std::vector<std::thread> threads_;
};

/// A question that waits for its answer. Owned by whoever asked and used on its reactor only, before which it
/// must end; its end takes the question back.
class password_checker::inquiry {
public:
    ~inquiry();
    inquiry(const inquiry&) = delete;
    inquiry& operator=(const inquiry&) = delete;

private:
    friend class password_checker;
    inquiry(std::shared_ptr<shared> with, std::shared_ptr<asker> who,
            const auth::password_name& name, net::time_point deadline);
    void take_back();
    void give_up();

    const std::shared_ptr<shared> shared_;
    const std::shared_ptr<asker> asker_;
    const auth::password_name name_;
    net::timer deadline_;
};

} // namespace thalamus::actors
