#include "net/kept_addresses.hpp"

#include <gtest/gtest.h>

namespace thalamus::net::kept_addresses_test {
namespace {

using namespace std::chrono_literals;
using advice = kept_addresses::advice;

const time_point start{1000s};
const auto ip = boost::asio::ip::make_address("192.0.2.1");
const auto other = boost::asio::ip::make_address("192.0.2.2");

kept_addresses with_found() {
    kept_addresses kept;
    kept.begun(start);
    kept.found({ip}, 30s, start);
    return kept;
}

TEST(kept_addresses, are_looked_up_once_and_waited_for_while_none_is_known) {
    kept_addresses kept;
    EXPECT_EQ(kept.ask(start), advice::look_up);
    kept.begun(start);
    EXPECT_EQ(kept.ask(start), advice::wait);
    EXPECT_EQ(kept.ask(start + 1h), advice::wait);
    kept.found({ip}, 30s, start + 1h);
    EXPECT_EQ(kept.ask(start + 1h), advice::use);
    EXPECT_EQ(kept.known(), kept_addresses::list{ip});
}

TEST(kept_addresses, are_good_for_as_long_as_each_look_up_says) {
    auto kept = with_found();
    EXPECT_EQ(kept.ask(start + 29s), advice::use);
    EXPECT_EQ(kept.ask(start + 30s), advice::look_up);
    kept.begun(start + 30s);
    kept.found({ip}, 2s, start + 30s);
    EXPECT_EQ(kept.ask(start + 31s), advice::use);
    EXPECT_EQ(kept.ask(start + 32s), advice::look_up);
}

TEST(kept_addresses, are_kept_while_a_later_look_up_fails) {
    auto kept = with_found();
    kept.begun(start + 40s);
    kept.failed("name server down", start + 40s);
    EXPECT_EQ(kept.ask(start + 40s), advice::use);
    EXPECT_EQ(kept.known(), kept_addresses::list{ip});
    EXPECT_EQ(kept.ask(start + 41s), advice::look_up);
    kept.begun(start + 41s);
    kept.found({other}, 30s, start + 41s);
    EXPECT_EQ(kept.known(), kept_addresses::list{other});
}

TEST(kept_addresses, that_are_old_are_used_after_a_second_of_waiting_for_newer) {
    auto kept = with_found();
    kept.begun(start + 40s);
    EXPECT_EQ(kept.ask(start + 40s), advice::wait);
    EXPECT_EQ(kept.waited_enough(), start + 41s);
    EXPECT_EQ(kept.ask(start + 41s), advice::use);
}

TEST(kept_addresses, that_were_never_found_fail_for_a_second_and_are_looked_up_again) {
    kept_addresses kept;
    kept.begun(start);
    kept.failed("no such name", start);
    EXPECT_EQ(kept.ask(start + 999ms), advice::fail);
    EXPECT_EQ(kept.error(), "no such name");
    EXPECT_EQ(kept.ask(start + 1s), advice::look_up);
}

TEST(kept_addresses, of_a_number_are_never_looked_up) {
    kept_addresses kept;
    kept.is(ip);
    EXPECT_EQ(kept.ask(start + 1000h), advice::use);
    EXPECT_EQ(kept.known(), kept_addresses::list{ip});
}

TEST(kept_addresses, are_bounded) {
    kept_addresses kept;
    kept.begun(start);
    kept.found(kept_addresses::list(100, ip), 30s, start);
    EXPECT_EQ(kept.known().size(), kept_addresses::most);
}

} // namespace
} // namespace thalamus::net::kept_addresses_test
