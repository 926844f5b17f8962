// What the gateway tells of itself: metrics, access log, the admin port.

#include "tests/support/plain_gateway.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

namespace thalamus::test::observe_test {
namespace {

using nlohmann::json;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> all;
    std::istringstream from(text);
    for (std::string line; std::getline(from, line);) all.push_back(line);
    return all;
}

/// Names and labels of all series.
std::set<std::string> series(const gateway& gateway) {
    std::set<std::string> all;
    for (auto& line : lines_of(gateway.admin("GET", "/metrics").body))
        if (!line.starts_with('#')) all.insert(line.substr(0, line.rfind(' ')));
    return all;
}

TEST(metrics, are_valid_prometheus_text) {
    recording_target target;
    plain_gateway gateway(target);
    gateway.get("/");
    auto answer = gateway.admin("GET", "/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    const std::regex sample(
        R"re([a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_]\w*="([^"\\]|\\.)*"(,[a-zA-Z_]\w*="([^"\\]|\\.)*")*\})? -?([0-9.e+-]+|\+Inf|NaN))re");
    const std::regex comment(R"re(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+)re");
    std::set<std::string> seen;
    for (auto& line : lines_of(answer.body)) {
        EXPECT_TRUE(std::regex_match(line, sample) || std::regex_match(line, comment)) << line;
        EXPECT_TRUE(line.starts_with('#') || seen.insert(line.substr(0, line.rfind(' '))).second)
            << line;
    }
    auto open = gateway.admin("GET", "/metrics",
                              {{"Accept", "application/openmetrics-text; version=1.0.0"}});
    EXPECT_TRUE(open.joined("Content-Type").starts_with("application/openmetrics-text"))
        << open.head;
    EXPECT_TRUE(open.body.ends_with("# EOF\n"));
}

TEST(metrics, count_by_route_and_status_class) {
    recording_target target([](target_exchange& x) {
        x.read_body();
        x.answer(x.head.target == "/bad" ? 500 : 200, std::string(1000, 'x'));
    });
    plain_gateway gateway(target);
    for (int i = 0; i < 7; ++i) gateway.ask("POST", "/", {}, std::string(500, 'y'));
    for (int i = 0; i < 3; ++i) gateway.get("/bad");
    auto counted = [&](const std::string& name, double value) {
        EXPECT_TRUE(eventually([&] { return gateway.metric(name) == value; }, 2s))
            << name << " is " << gateway.metric(name);
    };
    counted("thalamus_requests_total{route=\"all\",code_class=\"2xx\"}", 7);
    counted("thalamus_requests_total{route=\"all\",code_class=\"5xx\"}", 3);
    counted("thalamus_service_requests_total{service=\"app\",code_class=\"2xx\"}", 7);
    counted("thalamus_request_duration_seconds_count{route=\"all\"}", 10);
    counted("thalamus_request_duration_seconds_bucket{route=\"all\",le=\"+Inf\"}", 10);
    counted("thalamus_upstream_duration_seconds_count{service=\"app\"}", 10);
    counted("thalamus_gateway_duration_seconds_count{route=\"all\"}", 10);
    counted("thalamus_service_attempts_total{service=\"app\"}", 10);
    counted("thalamus_exchanges_in_flight", 0);
    EXPECT_GE(gateway.metric("thalamus_request_bytes_total{route=\"all\"}"), 7 * 500);
    EXPECT_GE(gateway.metric("thalamus_response_bytes_total{route=\"all\"}"), 10000);
}

TEST(metrics, grow_no_series_whatever_clients_send) {
    recording_target target;
    gateway gateway("services: {app: {targets: [\"http://@app@\"]}}\n"
                    "routes: [{id: all, match: {path: \"/known/{x}\"}, service: app}]\n",
                    {{"app", target.address()}});
    gateway.get("/known/a");
    gateway.get("/unknown");
    auto refused = [&] {
        return gateway.metric("thalamus_requests_total{route=\"none\",code_class=\"4xx\"}");
    };
    ASSERT_TRUE(eventually([&] { return refused() == 1; }));
    auto before = series(gateway);
    for (int i = 0; i < 100; ++i) {
        auto text = std::to_string(i);
        gateway.get("/known/" + text,
                    {{"Host", text + ".example"}, {"User-Agent", text}, {"X-Forwarded-For", text}});
        gateway.ask("METHOD" + text, "/unknown/" + text);
    }
    ASSERT_TRUE(eventually([&] { return refused() == 101; }));
    EXPECT_EQ(series(gateway), before);
}

TEST(metrics, show_what_is_in_flight) {
    gate go;
    recording_target target([&](target_exchange& x) {
        x.wait(go);
        x.answer(200);
    });
    plain_gateway gateway(target);
    raw_client one(gateway.port()), two(gateway.port());
    one.send(request_text("GET", "/"));
    two.send(request_text("GET", "/"));
    EXPECT_TRUE(eventually([&] { return gateway.metric("thalamus_exchanges_in_flight") == 2; }));
    EXPECT_EQ(gateway.metric("thalamus_client_connections"), 2);
    EXPECT_EQ(gateway.metric("thalamus_service_requests_in_flight{service=\"app\"}"), 2);
    go.open();
    one.read();
    two.read();
    EXPECT_TRUE(eventually([&] { return gateway.metric("thalamus_exchanges_in_flight") == 0; }));
}

TEST(metrics, count_malformed_requests_and_answers) {
    recording_target target([](target_exchange& x) { x.send("nonsense\r\n\r\n"); });
    plain_gateway gateway(target);
    raw_client client(gateway.port());
    client.send("GET / HTTP/1.1\r\nHost : x\r\n\r\n");
    EXPECT_EQ(client.read().status, 400);
    EXPECT_EQ(gateway.get("/").status, 502);
    EXPECT_TRUE(eventually([&] { return gateway.metric("thalamus_requests_refused_total") == 1; }));
    EXPECT_GE(gateway.metric("thalamus_service_malformed_responses_total{service=\"app\"}"), 1);
}

TEST(access_log, has_a_line_per_request_with_all_its_members) {
    recording_target target;
    plain_gateway gateway(target);
    auto answer = gateway.ask("POST", "/path?q=1",
                              {{"Host", "shop.example"}, {"User-Agent", "tests/1"}}, "body");
    auto line = gateway.wait_for_log([](auto&) { return true; });
    EXPECT_EQ(line["request_id"], answer.joined("X-Request-Id"));
    EXPECT_EQ(line["route"], "all");
    EXPECT_EQ(line["service"], "app");
    EXPECT_EQ(line["client"], "127.0.0.1");
    EXPECT_EQ(line["method"], "POST");
    EXPECT_TRUE(line["path"].get<std::string>().starts_with("/path")) << line;
    EXPECT_EQ(line["host"], "shop.example");
    EXPECT_EQ(line["status"], 200);
    EXPECT_EQ(line["target"], target.address());
    EXPECT_EQ(line["attempts"], 1);
    EXPECT_EQ(line["user_agent"], "tests/1");
    EXPECT_EQ(line["complete"], true);
    EXPECT_GT(line["bytes_in"], 4);
    EXPECT_GT(line["bytes_out"], 6);
    EXPECT_GT(line["total_ms"], 0);
    EXPECT_GE(line["total_ms"], line["upstream_ms"]);
    const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z)");
    EXPECT_TRUE(std::regex_match(line["time"].get<std::string>(), time)) << line;
}

TEST(access_log, no_bytes_of_a_client_can_forge_a_line) {
    recording_target target;
    plain_gateway gateway(target);
    const std::vector<std::string> attempts = {"\"}",
                                               "\\",
                                               "\\\"",
                                               "\"},{\"status\":999}",
                                               "\xff\xfe",
                                               "\xc3",
                                               "\xe2\x80\xa8",
                                               "\xed\xa0\x80",
                                               "\xf0\x9f\x98\x80",
                                               "%0a{\"status\":999}",
                                               "\\n{\"status\":999}",
                                               "\\u000a",
                                               "\x1b[31m",
                                               "\x7f",
                                               "'\"<script>",
                                               std::string(9000, 'x')};
    std::size_t requests = 0;
    for (auto& attempt : attempts) {
        for (auto* head :
             {"GET /?a=@ HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
              "GET /@ HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
              "GET / HTTP/1.1\r\nHost: test\r\nUser-Agent: @\r\nConnection: close\r\n\r\n",
              "G@T / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
              "GET / HTTP/1.1\r\nHost: @\r\nConnection: close\r\n\r\n",
              "GET / HTTP/1.1\r\nHost: test\r\nX-Request-Id: @\r\nConnection: close\r\n\r\n"}) {
            std::string text = head;
            text.replace(text.find('@'), 1, attempt);
            raw_client client(gateway.port());
            client.send(text);
            client.read_until_close();
            ++requests;
        }
    }
    ASSERT_TRUE(eventually([&] { return gateway.access_log().size() >= requests; }))
        << gateway.access_log().size() << " of " << requests;
    auto log = gateway.access_log(); // throws if a line is no JSON object
    EXPECT_EQ(log.size(), requests);
    for (auto& line : log) EXPECT_NE(line["status"], 999);
    for (char c : gateway.program().standard_output())
        EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 32);
}

TEST(access_log, tells_why_the_gateway_answered_itself) {
    gateway gateway("services: {down: {targets: [\"http://127.0.0.1:1\"], retry: off}}\n"
                    "routes: [{id: down, match: {path: /down}, service: down}]\n");
    gateway.get("/down");
    gateway.get("/missing");
    auto of = [&](int status) {
        return gateway.wait_for_log([&](auto& line) { return line["status"] == status; });
    };
    EXPECT_FALSE(of(502).value("reason", "").empty());
    EXPECT_FALSE(of(404).value("reason", "").empty());
    EXPECT_FALSE(of(404).contains("route"));
}

TEST(access_log, goes_to_a_file_that_is_opened_again_on_sigusr1) {
    recording_target target;
    plain_gateway gateway(target, "log: {level: error, access: {to: \"@dir@/access.log\"}}");
    auto file = gateway.folder() / "access.log", old = gateway.folder() / "access.log.1";
    auto count = [](const auto& path) { return lines_of(read_file(path)).size(); };
    gateway.get("/before");
    ASSERT_TRUE(eventually([&] { return count(file) == 1; }));
    std::filesystem::rename(file, old);
    gateway.program().signal(SIGUSR1);
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(file); }));
    gateway.get("/after");
    EXPECT_TRUE(eventually([&] { return count(file) == 1; }));
    EXPECT_EQ(count(old), 1u);
    EXPECT_NE(read_file(file).find("/after"), std::string::npos);
    EXPECT_EQ(gateway.program().standard_output(), "");
}

TEST(access_log, can_be_common_format_or_off) {
    recording_target target;
    plain_gateway common(target, "log: {level: error, access: {to: stdout, format: common}}");
    common.get("/path?x");
    EXPECT_TRUE(eventually([&] { return common.program().standard_output().ends_with('\n'); }));
    const std::regex line(R"(127\.0\.0\.1 - - \[.*\] "GET /path\S* HTTP/1\.1" 200 \d+.*\n)");
    EXPECT_TRUE(std::regex_match(common.program().standard_output(), line))
        << common.program().standard_output();
    plain_gateway off(target, "log: {level: error, access: {to: off}}");
    off.get("/");
    off.program().signal(SIGTERM);
    EXPECT_EQ(off.program().wait_exit(10s), 0);
    EXPECT_EQ(off.program().standard_output(), "");
}

TEST(access_log, says_which_target_failed_and_why) {
    recording_target gone, bad([](target_exchange&x) {
        x.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx");
    });
    gone.stop();
    gateway gateway(
        "services: {gone: {targets: [\"http://@gone@\"], retry: off}, bad: {targets: "
        "[\"http://@bad@\"]}}\nroutes: [{id: gone, match: {path: /gone}, service: gone}, "
        "{id: bad, match: {path: /bad}, service: bad}]\n",
        {{"gone", gone.address()}, {"bad", bad.address()}});
    EXPECT_EQ(gateway.get("/gone").status, 502);
    const auto refused = gateway.wait_for_log([](auto& line) { return line["route"] == "gone"; });
    EXPECT_EQ(refused["target"], gone.address());
    EXPECT_EQ(refused["attempts"], 1);
    EXPECT_EQ(refused["reason"], "no connection to the target: Connection refused");
    const auto answer = gateway.get("/bad");
    EXPECT_EQ(answer.status, 502);
    EXPECT_EQ(answer.body.find("Content-Length"), std::string::npos) << "the cause is for the log";
    const auto malformed = gateway.wait_for_log([](auto& line) { return line["route"] == "bad"; });
    EXPECT_EQ(malformed["target"], bad.address());
    EXPECT_GT(malformed["reason"].get<std::string>().size(), 35u) << malformed["reason"];
}

TEST(metrics, name_the_version) {
    recording_target target;
    plain_gateway gateway(target);
    const auto version =
        json::parse(gateway.admin("GET", "/version").body)["version"].get<std::string>();
    EXPECT_EQ(gateway.metric("thalamus_build_info{version=\"" + version + "\"}"), 1);
}

} // namespace
} // namespace thalamus::test::observe_test
