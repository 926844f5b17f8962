#pragma once
// Checks passwords off the reactors, because a check would block one for a good part of a second: a
// few low-priority threads behind a bounded queue. One per process, created only if the
// configuration has users.

#include "net/reactor.hpp"
#include "policies/auth/password_hash.hpp"
#include "policies/auth/password_queue.hpp"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace thalamus::actors {

struct password_result {
    enum class outcome : unsigned char {
        right,
        wrong, ///< or the user does not exist
        late,  ///< the deadline passed before the check was done
        unable ///< the check failed, most likely for lack of memory
    };
    outcome what = outcome::wrong;
    std::shared_ptr<const auth::principal> who; ///< set with right
};

class password_checker {
public:
    using check =
        std::function<auth::password_verdict(const std::string& password, const std::string& hash)>;
    using handler = std::function<void(const password_result&)>;
    class lookup;

    static constexpr unsigned most_threads = 2;
    static constexpr std::size_t most_waiting = 64;

    /// Starts one thread, or two with at least four cores. `by` is called on them and must not
    /// throw.
    /// @throws std::system_error if no thread can be started
    explicit password_checker(unsigned cores = std::thread::hardware_concurrency(),
                              check by = auth::check_password);
    /// Waits for the checks under way (about a second at most). Checks that still wait get no
    /// result; inquiries may outlive the checker.
    ~password_checker();
    password_checker(const password_checker&) = delete;
    password_checker& operator=(const password_checker&) = delete;

    /// Must be called on the reactor `home`. Returns null if `most_waiting` checks wait already
    /// ("overloaded"). A check equal to one that is waiting or under way is not made twice. The
    /// handler is called once, on this reactor and never within ask(), and may destroy the lookup.
    std::unique_ptr<lookup> ask(net::reactor& home, auth::password_lookup question,
                                net::time_point deadline, handler on_response);

private:
    struct asker;
    struct shared;
    static void work(shared& with);

    std::shared_ptr<shared> shared_;
    std::vector<std::thread> threads_;
};

/// A pending check. Owned by the caller, used on its reactor only, and destroyed before that
/// reactor. Destroying it cancels the check.
class password_checker::lookup {
public:
    ~lookup();
    lookup(const lookup&) = delete;
    lookup& operator=(const lookup&) = delete;

private:
    friend class password_checker;
    lookup(std::shared_ptr<shared> with, std::shared_ptr<asker> who,
           const auth::password_name& name, net::time_point deadline);
    void take_back();
    void give_up();

    const std::shared_ptr<shared> shared_;
    const std::shared_ptr<asker> asker_;
    const auth::password_name name_;
    net::timer deadline_;
};

} // namespace thalamus::actors
