#include "observe/line_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace thalamus::observe::line_format_test {
namespace {

using namespace std::chrono;
using nlohmann::json;

exchange_record example() {
    exchange_record r;
    r.started = system_clock::time_point{1764044781123ms};
    r.request_id = "0123456789abcdef";
    r.client = "203.0.113.7";
    r.method = "GET";
    r.path = "/users/42?full=1";
    r.host = "api.example.com";
    r.route = "user";
    r.service = "users";
    r.target = "10.0.0.1:8000";
    r.user_agent = "curl/8.0";
    r.status = 200;
    r.attempts = 1;
    r.bytes_in = 95, r.bytes_out = 1234;
    r.total = 2345678ns, r.upstream = 2000999ns, r.own = 87654ns;
    return r;
}

json as_json(const exchange_record& record) {
    line_formatter formatter(config::access_format::json);
    const std::string_view line = formatter.format(record);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    return json::parse(line);
}

std::string as_common(const exchange_record& record) {
    line_formatter formatter(config::access_format::common);
    return std::string(formatter.format(record));
}

TEST(line_format, json_line_as_documented) {
    line_formatter formatter(config::access_format::json);
    EXPECT_EQ(
        formatter.format(example()),
        R"({"time":"2025-11-25T04:26:21.123Z","request_id":"0123456789abcdef","client":"203.0.113.7",)"
        R"("method":"GET","host":"api.example.com","path":"/users/42?full=1","status":200,"route":"user",)"
        R"("service":"users","target":"10.0.0.1:8000","attempts":1,"bytes_in":95,"bytes_out":1234,)"
        R"("total_ms":2.345,"upstream_ms":2.000,"gateway_ms":0.087,"protocol":"HTTP/1.1",)"
        R"("user_agent":"curl/8.0","complete":true})"
        "\n");
}

TEST(line_format, empty_texts_are_left_out_and_the_rest_is_always_there) {
    const json line = as_json({});
    std::vector<std::string> names;
    for (const auto& [name, value] : line.items()) names.push_back(name);
    EXPECT_THAT(names, testing::UnorderedElementsAre(
                           "time", "method", "path", "status", "attempts", "bytes_in", "bytes_out",
                           "total_ms", "upstream_ms", "gateway_ms", "protocol", "complete"));
    EXPECT_EQ(line["method"], "");
    EXPECT_EQ(line["status"], 0);
}

TEST(line_format, credentials_of_hosts_are_hidden) {
    exchange_record r = example();
    r.host = "alice:secret@api";
    // The end of the user information lies behind what is shown of a path.
    const std::string path = "http://alice:secret" + std::string(path_cap, 'x') + "@api/";
    r.path = path;
    EXPECT_EQ(as_json(r)["host"], "api");
    for (const auto& line : {as_json(r).dump(), as_common(r)})
        EXPECT_THAT(line, testing::Not(testing::HasSubstr("secret")));
    const std::string longer = "alice:secret" + std::string(text_cap, 'x') + "@api";
    r.host = longer;
    EXPECT_EQ(as_json(r)["host"], "api");
}

TEST(line_format, reason_version_and_cut_off) {
    exchange_record r = example();
    r.reason = "no healthy target";
    r.version = 10;
    r.complete = false;
    const json line = as_json(r);
    EXPECT_EQ(line["reason"], "no healthy target");
    EXPECT_EQ(line["protocol"], "HTTP/1.0");
    EXPECT_EQ(line["complete"], false);
}

TEST(line_format, extreme_numbers) {
    exchange_record r = example();
    r.bytes_in = r.bytes_out = UINT64_MAX;
    r.status = 4294967295u, r.attempts = 4294967295u;
    r.total = nanoseconds::max(), r.upstream = nanoseconds(-5), r.own = 999ns;
    const json line = as_json(r);
    EXPECT_EQ(line["bytes_out"], UINT64_MAX);
    EXPECT_EQ(line["upstream_ms"], 0.0);
    EXPECT_EQ(line["gateway_ms"], 0.0);
    EXPECT_DOUBLE_EQ(line["total_ms"].get<double>(), 9223372036854.775);
}

TEST(line_format, no_field_can_inject_a_line_or_a_member) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    const std::string attack = "x\",\"status\":200}\n{\"forged\":1";
    for (const std::string& text : {all, attack}) {
        exchange_record r = example();
        r.request_id = r.client = r.method = r.path = r.host = r.route = r.service = r.target =
            r.consumer = r.reason = r.user_agent = text;
        const json line = as_json(r);
        EXPECT_EQ(line.size(), 21u); // no member more
        EXPECT_EQ(line["status"], 200);
        EXPECT_FALSE(line.contains("forged"));
        EXPECT_EQ(as_common(r).find('\n'), as_common(r).size() - 1);
    }
    exchange_record r = example();
    r.user_agent = attack;
    EXPECT_EQ(as_json(r)["user_agent"], attack);
}

TEST(line_format, long_texts_are_cut_and_marked) {
    exchange_record r = example();
    const std::string longer(5000, 'a'), exact = "/" + std::string(path_cap - 1, 'b');
    r.path = longer, r.user_agent = longer, r.host = longer;
    json line = as_json(r);
    EXPECT_EQ(line["path"], std::string(path_cap, 'a') + "…");
    EXPECT_EQ(line["user_agent"], std::string(user_agent_cap, 'a') + "…");
    EXPECT_EQ(line["host"], std::string(text_cap, 'a') + "…");
    r.path = exact;
    EXPECT_EQ(as_json(r)["path"], exact);

    std::string wide = "/";
    while (wide.size() < 5000) wide += "€";
    r.path = wide;
    const std::string shown = as_json(r)["path"];
    EXPECT_THAT(shown, testing::EndsWith("€…"));
    EXPECT_LE(shown.size(), path_cap + 3);
}

TEST(line_format, the_worst_line_fits) { // the sanitizer watches
    const std::string worst(100000, '\x01');
    exchange_record r = example();
    r.request_id = r.client = r.method = r.path = r.host = r.route = r.service = r.target =
        r.consumer = r.reason = r.user_agent = worst;
    r.bytes_in = r.bytes_out = UINT64_MAX;
    EXPECT_EQ(as_json(r)["path"], std::string(path_cap, '\x01') + "…");
    EXPECT_LT(as_common(r).size(), 16384u);
}

TEST(line_format, credentials_in_the_target_are_hidden) {
    exchange_record r = example();
    r.path = "/a?api_key=canary&b=1";
    EXPECT_EQ(as_json(r)["path"], "/a?api_key=*&b=1");
    EXPECT_EQ(as_common(r).find("canary"), std::string::npos);
    const std::string beyond =
        "/a?b=" + std::string(path_cap - 20, 'b') + "&token=canary-canary-canary";
    r.path = beyond;
    EXPECT_EQ(as_json(r)["path"].get<std::string>().find("canary"), std::string::npos);
}

TEST(line_format, common_is_apaches_combined) {
    EXPECT_EQ(as_common(example()),
              "203.0.113.7 - - [25/Nov/2025:04:26:21 +0000] "
              "\"GET /users/42?full=1 HTTP/1.1\" 200 1234 \"-\" \"curl/8.0\"\n");
    auto known = example();
    known.consumer = "idp/alice";
    EXPECT_THAT(as_common(known), testing::StartsWith("203.0.113.7 - idp/alice [25/Nov/2025:"));
    exchange_record r;
    r.started = example().started;
    r.version = 10;
    EXPECT_EQ(as_common(r), "- - - [25/Nov/2025:04:26:21 +0000] \"-\" 000 0 \"-\" \"-\"\n");
}

TEST(line_format, common_fields_stay_in_their_places) {
    exchange_record r = example();
    r.client = "1.2.3.4 - admin";
    r.user_agent = "a\" 200 \"b";
    r.path = "/\xC3\xA9\"\n";
    EXPECT_EQ(as_common(r),
              "- - - [25/Nov/2025:04:26:21 +0000] "
              "\"GET /\\xc3\\xa9\\\"\\n HTTP/1.1\" 200 1234 \"-\" \"a\\\" 200 \\\"b\"\n");
}

TEST(line_format, common_user_is_one_field_whatever_the_name) {
    const std::string long_name(text_cap + 1, ' ');
    std::string long_shown;
    for (std::size_t i = 0; i < text_cap; ++i) long_shown += "\\x20";
    for (const auto& [name, shown] : std::initializer_list<std::pair<std::string, std::string>>{
             {"-", "\\x2d"}, // not nobody
             {"idp/Alice Doe", "idp/Alice\\x20Doe"},
             {"a [1/Jan/2025] \"GET / HTTP/1.1\" 200", // no line of its own
              "a\\x20[1/Jan/2025]\\x20\\x22GET\\x20/\\x20HTTP/1.1\\x22\\x20200"},
             {"a\r\n\tb\\x20", "a\\r\\n\\tb\\\\x20"},
             {"\xC3\xA9\x7F", "\\xc3\\xa9\\x7f"},
             {long_name, long_shown + "..."}}) {
        exchange_record r = example();
        r.consumer = name;
        EXPECT_THAT(as_common(r), testing::StartsWith("203.0.113.7 - " + shown + " [25/Nov/"));
    }
}

} // namespace
} // namespace thalamus::observe::line_format_test
