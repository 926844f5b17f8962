#include "http/client_address.hpp"

#include "tests/http/head_text.hpp"

#include <vector>

namespace thalamus::http::client_address_test {
namespace {

base::ip_bytes ip(std::string_view text) {
    base::ip_bytes bytes{};
    EXPECT_TRUE(base::parse_ip(text, bytes)) << text;
    return bytes;
}

const std::vector<config::network> trusted{{ip("10.0.0.0"), 104}, {ip("fd00::"), 8}};

struct expected {
    std::string ip, proto = "http", host = "";
};

void expect(std::string_view lines, const expected& wanted, std::string_view peer = "10.0.0.1",
            std::span<const config::network> networks = trusted) {
    const request_text request(lines);
    const auto client = find_client(ip(peer), "http", networks, request.head.fields);
    EXPECT_EQ(to_text(client.ip).view(), wanted.ip) << lines;
    EXPECT_EQ(client.proto, wanted.proto) << lines;
    EXPECT_EQ(client.host, wanted.host) << lines;
    EXPECT_EQ(to_text(client.peer).view(), peer);
}

TEST(client_address, is_the_peer_unless_that_is_trusted) {
    const auto forged = "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: "
                        "h\r\nForwarded: for=2.2.2.2\r\n";
    expect(forged, {"192.0.2.7"}, "192.0.2.7");
    expect(forged, {"10.0.0.1"}, "10.0.0.1", {});
    expect(forged, {"11.0.0.1"}, "11.0.0.1");
    expect("", {"10.0.0.1"});
    expect("", {"fd00::1"}, "fd00::1");
}

TEST(client_address, is_the_right_most_that_is_not_trusted) {
    expect("X-Forwarded-For: 1.1.1.1\r\n", {"1.1.1.1"});
    expect("X-Forwarded-For: 6.6.6.6, 1.1.1.1\r\n", {"1.1.1.1"});
    expect("X-Forwarded-For: 6.6.6.6, 1.1.1.1, 10.2.3.4\r\n", {"1.1.1.1"});
    expect("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: "
           "10.2.3.4,fd00::7\r\n",
           {"1.1.1.1"});
    expect("X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", {"10.0.0.3"});
    expect("X-Forwarded-For: 1.1.1.1, ,, 10.0.0.2 ,\r\n", {"1.1.1.1"});
    expect("X-Forwarded-For: 1.1.1.1:55555\r\n", {"1.1.1.1"});
    expect("X-Forwarded-For: [2001:db8::1]:443\r\n", {"2001:db8::1"});
    expect("X-Forwarded-For: [2001:db8::1]\r\n", {"2001:db8::1"});
    expect("X-Forwarded-For: 2001:db8::1\r\n", {"2001:db8::1"});
    expect("X-Forwarded-For: ::ffff:1.1.1.1\r\n", {"1.1.1.1"});
    expect("X-Forwarded-For:\r\n", {"10.0.0.1"});
}

TEST(client_address, search_ends_at_what_is_no_address) {
    for (std::string bad : {"unknown", "_hidden", "1.1.1", "1.1.1.1.1", "1.1.1.1:", "1.1.1.1:x",
                            "01.1.1.1", "1.1.1.1:999999", "::1:x", "[::1", "[1.1.1.1]",
                            "\"1.1.1.1\"", "localhost", "1.1.1.1 2.2.2.2"}) {
        expect("X-Forwarded-For: 6.6.6.6, " + bad + "\r\n", {"10.0.0.1"});
        expect("X-Forwarded-For: 6.6.6.6, " + bad + ", 10.0.0.2\r\n", {"10.0.0.2"});
    }
}

TEST(client_address, is_not_known_where_a_trusted_proxy_names_nobody_that_can_be_read) {
    const auto known = [](std::string_view lines, std::string_view peer = "10.0.0.1") {
        const request_text request(lines);
        return find_client(ip(peer), "http", trusted, request.head.fields).known;
    };
    for (const auto* lines :
         {"", "X-Forwarded-For: 1.1.1.1\r\n", "X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n",
          "X-Forwarded-For: nonsense, 1.1.1.1\r\n",
          "X-Forwarded-For: nonsense, 1.1.1.1, 10.0.0.2\r\n",
          "Forwarded: for=1.1.1.1\r\nX-Forwarded-For: nonsense\r\n",
          "Forwarded: for=_x, for=1.1.1.1\r\n", "X-Forwarded-Proto: https\r\n"})
        EXPECT_TRUE(known(lines)) << lines;
    for (const auto* lines :
         {"X-Forwarded-For: unknown\r\n", "X-Forwarded-For: 1.1.1.1, nonsense\r\n",
          "X-Forwarded-For: 1.1.1.1, _hidden, 10.0.0.2\r\n", "X-Forwarded-For:\r\n",
          "X-Forwarded-For: ,\r\n", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: x\r\n",
          "Forwarded: for=unknown\r\n", "Forwarded: for=1.1.1.1, for=_x, for=10.0.0.2\r\n",
          "Forwarded: proto=https\r\n", "Forwarded:\r\n",
          "Forwarded: for=unknown\r\nX-Forwarded-For: 1.1.1.1\r\n"}) {
        EXPECT_FALSE(known(lines)) << lines;
        EXPECT_TRUE(known(lines, "192.0.2.7")) << "a stranger's word does not count: " << lines;
    }
}

TEST(client_address, takes_proto_and_host_of_the_same_hop) {
    expect("X-Forwarded-For: 1.1.1.1, 10.0.0.2\r\nX-Forwarded-Proto: https, "
           "http\r\nX-Forwarded-Host: shop, inner\r\n",
           {"1.1.1.1", "https", "shop"});
    expect("X-Forwarded-For: 10.0.0.9, 1.1.1.1\r\nX-Forwarded-Proto: http, https\r\n",
           {"1.1.1.1", "https"});
    expect(
        "X-Forwarded-For: 6.6.6.6, 1.1.1.1, 10.0.0.2\r\nX-Forwarded-Proto: http, https, http\r\n",
        {"1.1.1.1", "https"});
    // A proxy that replaces instead of extending leaves a single value.
    expect("X-Forwarded-For: 1.1.1.1, 10.0.0.2\r\nX-Forwarded-Proto: HTTPS\r\n",
           {"1.1.1.1", "https"});
    expect("X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop:8443\r\n",
           {"10.0.0.1", "https", "shop:8443"});
    expect("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Host: a/b\r\n",
           {"1.1.1.1"});
}

TEST(client_address, reads_forwarded_first) {
    expect("Forwarded: for=1.1.1.1;proto=https;host=shop\r\nX-Forwarded-For: "
           "6.6.6.6\r\nX-Forwarded-Proto: http\r\n",
           {"1.1.1.1", "https", "shop"});
    expect("Forwarded: for=6.6.6.6, For=\"[2001:db8::1]:4711\";Proto=HTTPS;Host=\"shop:8443\", "
           "for=10.0.0.2;proto=http;host=in\r\n",
           {"2001:db8::1", "https", "shop:8443"});
    expect("forwarded: for=6.6.6.6\r\nForwarded: for=1.1.1.1 ; proto=https\r\n",
           {"1.1.1.1", "https"});
    expect("Forwarded: by=10.0.0.9;for=\"1.1.1.1:80\"\r\n", {"1.1.1.1"});
    expect("Forwarded: for=unknown;proto=https\r\n", {"10.0.0.1", "https"});
    expect("Forwarded: for=6.6.6.6, for=_secret, for=10.0.0.2\r\n", {"10.0.0.2"});
    expect("Forwarded: proto=https\r\n", {"10.0.0.1", "https"});
    expect("Forwarded: nonsense\r\nX-Forwarded-For: 6.6.6.6\r\n", {"10.0.0.1"});
}

TEST(client_address, is_not_lost_by_quotes_the_client_left_open) {
    expect("Forwarded: for=\"6.6.6.6, for=1.1.1.1\r\n", {"1.1.1.1"});
    expect("Forwarded: for=\"6.6.6.6\r\nForwarded: for=1.1.1.1\r\n", {"1.1.1.1"});
    expect("Forwarded: for=6.6.6.6;x=\"a, b\", for=1.1.1.1;y=\"c, \\\" d\"\r\n", {"1.1.1.1"});
    expect("Forwarded: for=\"[::1\\]\"\r\n", {"10.0.0.1"});
}

TEST(ip_address, is_read_strictly) {
    base::ip_bytes bytes;
    for (auto good : {"0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8:0:0:1:0:0:1", "fe80::1"})
        EXPECT_TRUE(base::parse_ip(good, bytes)) << good;
    for (auto bad : {"", " 1.1.1.1", "1.1.1.1 ", "256.1.1.1", "1.1.1", "0x1.1.1.1", "1.1.1.1/8",
                     "[::1]", "::g", "fe80::1%eth0", ":::", "1:2:3:4:5:6:7:8:9"})
        EXPECT_FALSE(base::parse_ip(bad, bytes)) << bad;
    using namespace std::string_literals;
    EXPECT_FALSE(base::parse_ip("1.1.1.1\0"s, bytes));
    EXPECT_FALSE(base::parse_ip(std::string(200, '1'), bytes));
}

TEST(ip_address, has_one_text) {
    EXPECT_EQ(to_text(ip("192.0.2.7")).view(), "192.0.2.7");
    EXPECT_EQ(to_text(ip("::ffff:192.0.2.7")).view(), "192.0.2.7");
    EXPECT_EQ(to_text(ip("2001:DB8:0:0:0:0:0:1")).view(), "2001:db8::1");
    EXPECT_EQ(to_text(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).view().size(), 39u);
    EXPECT_TRUE(base::is_ipv4(ip("1.2.3.4")));
    EXPECT_FALSE(base::is_ipv4(ip("::1")));
}

} // namespace
} // namespace thalamus::http::client_address_test
