#include "base/lifetime_token.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>

namespace thalamus::base::lifetime_token_test {
namespace {

struct owner {
    int calls = 0;
    lifetime_token lifetime;
    std::function<int(int)> callback() {
        return lifetime.guarded([this](int n) {
            ++calls;
            return n + 1;
        });
    }
};

TEST(lifetime_token, a_guarded_callback_calls_while_the_owner_is_there) {
    owner o;
    const auto call = o.callback();
    EXPECT_EQ(call(4), 5);
    EXPECT_EQ(o.calls, 1);
}

TEST(lifetime_token, a_guarded_callback_does_nothing_after_the_owner) {
    std::optional<owner> o(std::in_place);
    const auto call = o->callback();
    o.reset();
    EXPECT_EQ(call(4), 0);
}

TEST(lifetime_token, end_stops_callbacks_made_before_and_after_it) {
    owner o;
    const auto before = o.callback();
    o.lifetime.end();
    const auto after = o.callback();
    EXPECT_EQ(before(4) + after(4), 0);
    EXPECT_EQ(o.calls, 0);
}

TEST(lifetime_token, a_callback_may_end_its_owner) {
    auto o = std::make_unique<owner>();
    int calls = 0;
    const auto call = o->lifetime.guarded([&] {
        ++calls;
        o.reset();
    });
    call();
    call();
    EXPECT_EQ(calls, 1);
}

} // namespace
} // namespace thalamus::base::lifetime_token_test
