// What each message is as bytes: two adjacent versions of the program run in one cluster, so a
// change of these bytes is a change of the protocol.

#include "cluster/messages.hpp"

#include <gtest/gtest.h>

namespace thalamus::cluster::wire_bytes_test {
namespace {

using namespace std::chrono_literals;

std::string to_hex(std::string_view bytes) {
    std::string hex;
    for (const unsigned char byte : bytes)
        for (const int digit : {byte >> 4, byte & 15}) hex += "0123456789abcdef"[digit];
    return hex;
}

std::string hex_of(const message& what) { return to_hex(encode(what)); }

member_report report(std::string name) {
    return {std::move(name),
            "10.0.0.1:7946",
            1ull << 60,
            300,
            1234ms,
            true,
            {"0.2.0", "0123456789ab", 4000000000u, store_state::down, true, true}};
}

TEST(wire_bytes, of_messages_with_all_fields_do_not_change) {
    EXPECT_EQ(hex_of(hello{3, 2, "node-a", 1ull << 60}),
              "01080310021a066e6f64652d6120808080808080808010");
    EXPECT_EQ(hex_of(refused{refusal::name_taken, "10.0.0.1:7946", "b"}),
              "020802120d31302e302e302e313a373934361a0162");
    EXPECT_EQ(
        hex_of(
            heartbeat{report("a"), {report("b"), report("c")}, {{1, "o", 2, 3}, {2, "p", 4, 5}}}),
        "030a470a0161120d31302e302e302e313a373934361880808080808080801020ac0228d20930013a210a0530"
        "2e322e30120c3031323334353637383961621880d0acf30e20022801300112470a0162120d31302e302e302e"
        "313a373934361880808080808080801020ac0228d20930013a210a05302e322e30120c303132333435363738"
        "3961621880d0acf30e20022801300112470a0163120d31302e302e302e313a37393436188080808080808080"
        "1020ac0228d20930013a210a05302e322e30120c3031323334353637383961621880d0acf30e200228013001"
        "1a09080112016f180220031a09080212017018042005");
    EXPECT_EQ(hex_of(log_entries{1, "o", 2, 3, {"", std::string("\0x", 2)}, true}),
              "04080112016f180220032a002a0200783001");
    EXPECT_EQ(hex_of(log_want{1, "o", 2, 3}), "05080112016f18022003");
    EXPECT_EQ(hex_of(log_reset{1, "o", 2, 3, "state"}), "06080112016f180220032a057374617465");
    EXPECT_EQ(hex_of(call_request{5, 6, "q"}), "07080510061a0171");
    EXPECT_EQ(hex_of(call_reply{5, "a"}), "080805120161");
}

TEST(wire_bytes, of_messages_with_few_fields_do_not_change) {
    EXPECT_EQ(hex_of(hello{0, 0, "", 0}), "01");
    EXPECT_EQ(hex_of(refused{refusal::self, "", ""}), "020801");
    EXPECT_EQ(hex_of(heartbeat{}), "030a043a022003");
    EXPECT_EQ(hex_of(heartbeat{{.age = -1ms, .status = {.store = store_state::ok}}, {{}}, {{}}}),
              "030a023a0012043a0220031a00");
    EXPECT_EQ(hex_of(log_entries{0, "", 0, 0, {}, false}), "04");
    EXPECT_EQ(hex_of(log_want{}), "05");
    EXPECT_EQ(hex_of(log_reset{}), "06");
    EXPECT_EQ(hex_of(log_reset{0, "", 0, 0, ""}), "062a00");
    EXPECT_EQ(hex_of(call_request{}), "07");
    EXPECT_EQ(hex_of(call_reply{}), "08");
    EXPECT_EQ(hex_of(call_reply{0, ""}), "081200");
}

} // namespace
} // namespace thalamus::cluster::wire_bytes_test
