// The gateway is out of descriptors: clients wait or are told, and no target is blamed.

#include "tests/support/plain_gateway.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace thalamus::test::shortage_test {
namespace {

void limit_descriptors(const process& of, rlim_t soft) {
    rlimit limit{};
    ASSERT_EQ(::prlimit(of.pid(), RLIMIT_NOFILE, nullptr, &limit), 0);
    limit.rlim_cur = soft == 0 ? limit.rlim_max : soft;
    ASSERT_EQ(::prlimit(of.pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
}

TEST(descriptor_shortage, is_not_the_targets_fault_and_passes) {
    recording_target target;
    plain_gateway gateway(
        target, "",
        ", outlier: {consecutive_failures: 1, eject_for: 30s, max_ejected: 100%}, "
        "health: {path: /healthz, interval: 100ms, timeout: 90ms, unhealthy_after: 1}");
    raw_client client(gateway.port()), admin(gateway.admin_port());
    ASSERT_EQ(admin.get("/ready").status, 200);
    ASSERT_TRUE(target.wait_for_requests(2)); // probes
    limit_descriptors(gateway.program(), 3);

    const auto answer = client.get("/");
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.has("Retry-After"));
    const auto line = gateway.wait_for_log([](auto& l) { return l["status"] == 503; });
    EXPECT_EQ(line["reason"], "the gateway cannot open a connection: Too many open files");

    raw_client waiting(gateway.port());
    waiting.send(request_text("GET", "/"));
    EXPECT_TRUE(waiting.silent_for(300ms)); // several probes' time, too
    const auto metrics = admin.get("/metrics").body;
    EXPECT_EQ(metrics.find("thalamus_accept_failures_total 0\n"), metrics.npos);
    const auto services =
        nlohmann::json::parse(admin.get("/services").body)["services"][0]["targets"][0];
    EXPECT_EQ(services["healthy"], true);
    EXPECT_EQ(services["ejected"], false);

    limit_descriptors(gateway.program(), 0);
    EXPECT_EQ(waiting.read("GET", 2s).status, 200);
    EXPECT_EQ(client.get("/").status, 200);
    EXPECT_NE(gateway.program().standard_error().find("Too many open files"), std::string::npos);
}

} // namespace
} // namespace thalamus::test::shortage_test
