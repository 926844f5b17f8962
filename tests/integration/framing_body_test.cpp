// Chunked bodies that are malformed, and bodies that break off: 400, and no target ever sees a
// complete request of them (rows 1, 2 and 21 of the security list).

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>

namespace thalamus::test::framing_body_test {
namespace {

using namespace std::string_literals;

const std::string head = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string rest = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n";
const std::string nul(1, '\0');

class framing_body : public testing::Test {
protected:
    recording_target target;
    plain_gateway gateway{target};

    void expect_refused(const std::vector<std::string>& bodies, std::vector<int> with = {400}) {
        for (auto& body : bodies) {
            SCOPED_TRACE(body.substr(0, 200));
            raw_client client(gateway.port());
            client.try_send(head + body);
            try {
                auto status = client.read("GET", 3s).status;
                EXPECT_TRUE(std::count(with.begin(), with.end(), status)) << status;
                EXPECT_EQ(client.read_until_close(3s), "");
            } catch (const test_error& error) {
                ADD_FAILURE() << error.what();
            }
        }
        EXPECT_TRUE(eventually([&] { return target.open_connections() == 0; }))
            << "a connection to the target that holds half a request is closed";
        EXPECT_EQ(target.request_count(), 0u);
        for (auto& seen : target.connections())
            EXPECT_EQ(seen.bytes.find("smuggled"), std::string::npos) << seen.bytes;
        EXPECT_EQ(gateway.get("/").status, 200) << "others are served";
    }
};

TEST_F(framing_body, sizes_that_are_no_number) {
    std::vector<std::string> all;
    for (std::string size :
         {"zz",  "",    "-5", "+5",  "0x5", " 5",    "5 ", "5\t",          "\t5", "5\v",
          "1_0", "5 5", "5,", "0x0", "g",   "\"5\"", "5:", "\xef\xbc\x95", "5.",  "'5'"})
        all.push_back(size + "\r\nhello\r\n" + rest);
    all.push_back("5" + nul + "\r\nhello\r\n" + rest);
    all.push_back(nul + "5\r\nhello\r\n" + rest);
    expect_refused(all);
}

TEST_F(framing_body, sizes_that_overflow) {
    std::vector<std::string> all;
    for (std::string size :
         {"FFFFFFFFFFFFFFFFF", "10000000000000005", "100000000000000000000000000000005"})
        all.push_back(size + "\r\nhello\r\n" + rest);
    expect_refused(all, {400, 413});
}

TEST_F(framing_body, a_size_beyond_the_body_limit_never_makes_a_request) {
    for (std::string size : {"FFFFFFFFFFFFFFFF", "8000000000000000", "7FFFFFFFFFFFFFFF"}) {
        raw_client client(gateway.port());
        client.send(head + size + "\r\nhello\r\n" + rest);
        client.finish_sending();
        auto answer = client.read_until_close(3s);
        EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 4")) << answer;
    }
    EXPECT_EQ(target.request_count(), 0u);
}

TEST_F(framing_body, size_lines_that_end_otherwise) {
    expect_refused({
        "5\nhello\r\n" + rest,
        "5\rhello\r\n" + rest,
        "5\r\r\nhello\r\n" + rest,
        "5\n\r\nhello\r\n" + rest,
        "5\r\rhello\r\n" + rest,
        "5;a\nhello\r\n" + rest,
        "5;\nhello\r\n" + rest,
    });
}

TEST_F(framing_body, chunks_that_are_longer_or_shorter_than_said) {
    expect_refused({
        "5\r\nhelloX\r\n" + rest,
        "5\r\nhelloXY" + rest,
        "5\r\nhello\n" + rest,
        "5\r\nhello\r" + rest,
        "5\r\nhello" + rest,
        "5\r\nhell\r\n" + rest,
        "5\r\nhello\r\n\r\n" + rest,
        "5\r\nhello\rX" + rest,
        "5\r\nhello\n\r" + rest,
        "6\r\nhello\r\n" + rest,
    });
}

TEST_F(framing_body, extensions_out_of_bounds) {
    std::string many;
    for (int i = 0; i < 200; ++i) many += "1;" + std::string(1000, 'e') + "\r\nx\r\n";
    expect_refused({
        "5;" + std::string(100000, 'e') + "\r\nhello\r\n" + rest,
        "5;a=\"" + std::string(100000, 'e') + "\"\r\nhello\r\n" + rest,
        "5;a\rb\r\nhello\r\n" + rest,
        "5;a\x01"
        "b\r\nhello\r\n" +
            rest,
        "5;" + nul + "\r\nhello\r\n" + rest,
        "5;a=\"\nb\"\r\nhello\r\n" + rest,
        "0;" + std::string(100000, 'e') + "\r\n\r\n",
        many + rest,
    });
}

TEST_F(framing_body, ends_that_are_no_end) {
    expect_refused({
        "0\n\n",
        "0\r\n\nGET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n",
        "0\n\r\nGET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n",
        "0\r\n\rX\r\n\r\n",
        "0\r\rX\r\n\r\n",
        "0 \r\n\r\n",
        "0x0\r\n\r\n",
        "-0\r\n\r\n",
    });
}

TEST_F(framing_body, trailers_that_are_malformed) {
    expect_refused({
        "0\r\nno colon\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\n: y\r\n\r\n",
        "0\r\nX: y\r\n folded\r\n\r\n",
        "0\r\n folded: x\r\n\r\n",
        "0\r\nX: a\nY: b\r\n\r\n",
        "0\r\nX: a\rY: b\r\n\r\n",
        "0\r\nX: " + nul + "\r\n\r\n",
        "0\r\na b: c\r\n\r\n",
    });
}

TEST_F(framing_body, trailers_without_end) {
    std::string many;
    for (int i = 0; i < 5000; ++i) many += "X-Trailer-" + std::to_string(i) + ": value\r\n";
    expect_refused({"0\r\n" + many, "0\r\nX: " + std::string(200000, 'x')}, {400, 413, 431});
}

TEST_F(framing_body, bodies_that_break_off) {
    for (std::string message :
         {head + "5\r\nhel", head + "5\r\nhello", head + "5\r\nhello\r\n", head + "5",
          head + "0\r\n", head + "0\r\nX: y\r\n", head + "",
          std::string("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf")}) {
        for (bool half_close : {true, false}) {
            raw_client client(gateway.port());
            client.send(message);
            if (half_close) {
                client.finish_sending();
                auto answer = client.read_until_close(3s);
                EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 400")) << answer;
            } else {
                client.leave();
            }
        }
    }
    EXPECT_EQ(gateway.get("/").status, 200);
    EXPECT_EQ(target.request_count(), 1u);
    EXPECT_TRUE(eventually([&] { return target.open_connections() <= 1; }));
}

TEST_F(framing_body, takes_what_is_only_unusual) {
    for (std::string body :
         {"5\r\nhello\r\n0\r\n\r\n", "00005\r\nhello\r\n000\r\n\r\n", "5;a\r\nhello\r\n0;b\r\n\r\n",
          "5;a=b;c=\"d\"\r\nhello\r\n0\r\n\r\n", "1\r\nh\r\n4\r\nello\r\n0\r\nX: y\r\nZ: w\r\n\r\n",
          "05\r\nhello\r\n0\r\nX-Empty:\r\n\r\n"}) {
        raw_client client(gateway.port());
        client.send(head + body + request_text("GET", "/next"));
        EXPECT_EQ(client.read().status, 200) << body;
        EXPECT_EQ(client.read().status, 200) << body;
        auto seen = target.requests();
        ASSERT_EQ(seen.size(), 2u) << body;
        EXPECT_EQ(seen[0].body, "hello") << body;
        EXPECT_EQ(seen[1].target, "/next") << body;
        target.forget();
    }
}

TEST(framing_body_limit, what_follows_in_a_body_over_its_limit_is_no_request) {
    recording_target target;
    plain_gateway gateway(target, "limits: {body: 3}");
    for (const std::string& wire :
         {// Read a second time from its size line, the data would end the body.
          "6\r\n0\r\n\r\n"s, "5\r\n0\r\n\r\n"s, "7\r\n00\r\n\r\n"s, "4\r\n\r\n0\r"s}) {
        SCOPED_TRACE(wire);
        raw_client client(gateway.port());
        client.send(head + wire);
        EXPECT_EQ(client.read("GET", 3s).status, 413);
        client.try_send("x\r\n" + rest);
        EXPECT_EQ(client.read_until_close(3s), "") << "no second answer";
    }
    EXPECT_EQ(target.request_count(), 0u);
}

} // namespace
} // namespace thalamus::test::framing_body_test
