// Password checks off the reactor. What the threads do is held by the test, so that nothing depends
// on time.

#include "actors/identity/password_checker.hpp"
#include "net/actor_runtime.hpp"
#include "net/on_reactor.hpp"
#include "tests/support/waiting.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <set>

namespace thalamus::actors::password_checker_test {
namespace {

using namespace std::chrono_literals;
using outcome = password_result::outcome;
using lookup = std::unique_ptr<password_checker::lookup>;

/// Stands for crypt(3): each check waits for the test's verdict on its password.
class examiner {
public:
    auth::password_verdict check(const std::string& password, const std::string&) {
        std::unique_lock lock(mutex_);
        begun_.insert(password);
        changed_.notify_all();
        if (!changed_.wait_for(lock, 10s, [&] { return verdicts_.contains(password); }))
            ADD_FAILURE() << "no verdict on " << password;
        return verdicts_[password];
    }
    void decide(const std::string& password, auth::password_verdict verdict) {
        const std::lock_guard lock(mutex_);
        verdicts_[password] = verdict;
        changed_.notify_all();
    }
    bool wait_for(const std::string& password) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 10s, [&] { return begun_.contains(password); });
    }
    std::multiset<std::string> begun() {
        const std::lock_guard lock(mutex_);
        return begun_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, auth::password_verdict> verdicts_;
    std::multiset<std::string> begun_;
};

class password_checker_test : public ::testing::Test {
protected:
    void TearDown() override {
        on_reactor([&] { open_.clear(); });
    }
    void on_reactor(const std::function<void()>& f) { net::on_reactor(home_, f); }
    void start(unsigned cores) {
        checker_.emplace(cores, [this](const auto& password, const auto& hash) {
            return examiner_.check(password, hash);
        });
    }
    static auth::password_lookup asking(const std::string& password) {
        return {auth::name_of({"u", password}), password, "hash", who_};
    }
    /// On the reactor; false if it is refused. The answer goes to answers_[as].
    bool ask(const std::string& as, auth::password_lookup question,
             std::chrono::milliseconds within = 1h) {
        auto made = checker_->ask(home_, std::move(question), home_.now() + within,
                                  [this, as](const password_result& respond) {
                                      EXPECT_TRUE(home_.is_current());
                                      open_.erase(as);
                                      const std::lock_guard lock(mutex_);
                                      answers_.emplace(as, respond);
                                      answered_.notify_all();
                                  });
        if (!made) return false;
        open_[as] = std::move(made);
        return true;
    }
    bool ask(const std::string& as, std::chrono::milliseconds within = 1h) {
        return ask(as, asking(as), within);
    }
    password_result respond(const std::string& as) {
        std::unique_lock lock(mutex_);
        if (!answered_.wait_for(lock, 10s, [&] { return answers_.contains(as); }))
            throw test::timed_out("no answer to " + as);
        return answers_.find(as)->second;
    }
    std::size_t answers() {
        const std::lock_guard lock(mutex_);
        return answers_.size();
    }

    inline static const auto who_ = std::make_shared<const auth::principal>();
    examiner examiner_;
    net::runtime_config config_{1};
    caf::actor_system system_{config_};
    net::reactor& home_ = *net::reactors_of(system_).front();
    std::optional<password_checker> checker_;
    std::map<std::string, lookup> open_; // of the reactor
    std::mutex mutex_;
    std::condition_variable answered_;
    std::multimap<std::string, password_result> answers_;
};

TEST_F(password_checker_test, answers_on_the_reactor_that_asked) {
    start(4);
    on_reactor([&] {
        EXPECT_TRUE(ask("right"));
        EXPECT_TRUE(ask("wrong"));
    });
    examiner_.decide("right", auth::password_verdict::right);
    examiner_.decide("wrong", auth::password_verdict::wrong);
    EXPECT_EQ(respond("right").what, outcome::right);
    EXPECT_EQ(respond("right").who, who_);
    EXPECT_EQ(respond("wrong").what, outcome::wrong);
    EXPECT_EQ(respond("wrong").who, nullptr);
    examiner_.decide("unable", auth::password_verdict::unable);
    on_reactor([&] { EXPECT_TRUE(ask("unable")); });
    EXPECT_EQ(respond("unable").what, outcome::unable);
}

TEST_F(password_checker_test, says_no_to_an_unknown_user_after_a_check_whatever_that_says) {
    start(1);
    auto nobody = asking("nobody");
    nobody.principal = nullptr;
    on_reactor([&] { EXPECT_TRUE(ask("nobody", nobody)); });
    ASSERT_TRUE(examiner_.wait_for("nobody"));
    EXPECT_EQ(answers(), 0u);
    examiner_.decide("nobody", auth::password_verdict::right);
    EXPECT_EQ(respond("nobody").what, outcome::wrong);
    EXPECT_EQ(respond("nobody").who, nullptr);
}

TEST_F(password_checker_test, makes_no_more_checks_at_once_than_it_has_threads) {
    start(64);
    on_reactor([&] {
        for (const auto* password : {"a", "b", "c"}) EXPECT_TRUE(ask(password));
    });
    ASSERT_TRUE(examiner_.wait_for("a"));
    ASSERT_TRUE(examiner_.wait_for("b"));
    EXPECT_FALSE(examiner_.begun().contains("c"));
    examiner_.decide("b", auth::password_verdict::right);
    ASSERT_TRUE(examiner_.wait_for("c"));
    for (const auto* password : {"a", "c"})
        examiner_.decide(password, auth::password_verdict::wrong);
    EXPECT_EQ(respond("a").what, outcome::wrong);
}

TEST_F(password_checker_test, makes_equal_checks_once_and_answers_everyone) {
    start(1);
    on_reactor([&] {
        EXPECT_TRUE(ask("first"));
        for (const auto* as : {"1", "2"}) EXPECT_TRUE(ask(as, asking("same")));
    });
    examiner_.decide("first", auth::password_verdict::wrong);
    ASSERT_TRUE(examiner_.wait_for("same"));
    on_reactor([&] { EXPECT_TRUE(ask("3", asking("same"))); });
    examiner_.decide("same", auth::password_verdict::right);
    for (const auto* as : {"1", "2", "3"}) EXPECT_EQ(respond(as).what, outcome::right) << as;
    EXPECT_EQ(examiner_.begun().count("same"), 1u);
}

TEST_F(password_checker_test, refuses_at_once_what_its_queue_does_not_hold) {
    start(1);
    on_reactor([&] { EXPECT_TRUE(ask("busy")); });
    ASSERT_TRUE(examiner_.wait_for("busy"));
    on_reactor([&] {
        for (std::size_t i = 0; i < password_checker::most_waiting; ++i)
            EXPECT_TRUE(ask(std::to_string(i)));
        EXPECT_FALSE(ask("one more"));
        open_.erase("7"); // one that waits is taken back
        EXPECT_TRUE(ask("one more"));
    });
    examiner_.decide("busy", auth::password_verdict::wrong);
    for (std::size_t i = 0; i < password_checker::most_waiting; ++i)
        examiner_.decide(std::to_string(i), auth::password_verdict::wrong);
    examiner_.decide("one more", auth::password_verdict::right);
    EXPECT_EQ(respond("one more").what, outcome::right);
    EXPECT_FALSE(examiner_.begun().contains("7"));
}

TEST_F(password_checker_test, gives_up_at_the_deadline) {
    start(1);
    on_reactor([&] { EXPECT_TRUE(ask("busy")); });
    ASSERT_TRUE(examiner_.wait_for("busy"));
    on_reactor([&] {
        EXPECT_TRUE(ask("passed", 0ms));
        EXPECT_TRUE(ask("soon", 10ms));
    });
    EXPECT_EQ(respond("passed").what, outcome::late);
    EXPECT_EQ(respond("soon").what, outcome::late);
    examiner_.decide("busy", auth::password_verdict::right);
    EXPECT_EQ(respond("busy").what, outcome::right);
    examiner_.decide("next", auth::password_verdict::right);
    on_reactor([&] { EXPECT_TRUE(ask("next")); });
    EXPECT_EQ(respond("next").what, outcome::right);
    EXPECT_EQ(examiner_.begun(), (std::multiset<std::string>{"busy", "next"}));
}

TEST_F(password_checker_test, gives_up_a_check_under_way_at_the_deadline_too) {
    start(1);
    on_reactor([&] { // in a turn of which no deadline passes
        EXPECT_TRUE(ask("slow", 10ms));
        ASSERT_TRUE(examiner_.wait_for("slow"));
    });
    EXPECT_EQ(respond("slow").what, outcome::late);
    examiner_.decide("slow", auth::password_verdict::right);
    examiner_.decide("next", auth::password_verdict::wrong);
    on_reactor([&] { EXPECT_TRUE(ask("next")); });
    EXPECT_EQ(respond("next").what, outcome::wrong);
    EXPECT_EQ(answers(), 2u) << "one answer each";
}

TEST_F(password_checker_test, does_not_answer_who_has_gone) {
    start(1);
    on_reactor([&] {
        EXPECT_TRUE(ask("gone"));
        EXPECT_TRUE(ask("stays", asking("gone")));
    });
    ASSERT_TRUE(examiner_.wait_for("gone"));
    on_reactor([&] { open_.erase("gone"); });
    examiner_.decide("gone", auth::password_verdict::right);
    EXPECT_EQ(respond("stays").what, outcome::right);
    // Also when the answer is on its way: while the reactor is here it is not taken.
    examiner_.decide("same turn", auth::password_verdict::right);
    on_reactor([&] {
        EXPECT_TRUE(ask("same turn"));
        ASSERT_TRUE(examiner_.wait_for("same turn"));
        EXPECT_TRUE(ask("after", asking("after")));
        examiner_.decide("after", auth::password_verdict::right);
        ASSERT_TRUE(examiner_.wait_for("after")); // its thread has posted the one before
        open_.erase("same turn");
    });
    EXPECT_EQ(respond("after").what, outcome::right);
    EXPECT_EQ(answers(), 2u);
}

TEST_F(password_checker_test, ends_with_the_check_under_way_and_drops_what_waits) {
    start(1);
    on_reactor([&] {
        EXPECT_TRUE(ask("busy"));
        EXPECT_TRUE(ask("waits"));
    });
    ASSERT_TRUE(examiner_.wait_for("busy"));
    auto end = std::async(std::launch::async, [&] { checker_.reset(); });
    examiner_.decide("busy", auth::password_verdict::right);
    examiner_.decide("waits", auth::password_verdict::right); // if it had the time to begin
    ASSERT_EQ(end.wait_for(10s), std::future_status::ready);
    EXPECT_EQ(respond("busy").what, outcome::right);
    on_reactor([&] { open_.clear(); }); // inquiries may outlive it
}

TEST_F(password_checker_test, checks_real_hashes) {
    checker_.emplace();
    auto question = asking("correct horse");
    question.hash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
    on_reactor([&] { EXPECT_TRUE(ask("real", question)); });
    EXPECT_EQ(respond("real").what, outcome::right);
}

} // namespace
} // namespace thalamus::actors::password_checker_test
