#include "policies/auth/auth_methods.hpp"

#include "tests/config/support.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::auth_methods_test {
namespace {

std::vector<std::string> problems_of(const std::string& ways_of_auth) {
    const auto snapshot =
        config::must_load("routes: [{match: {path: /}, respond: {}}]\nauth:\n" + ways_of_auth);
    std::vector<std::string> texts;
    for (const auto& problem : auth_methods(*snapshot).problems)
        texts.push_back(problem.to_string());
    return texts;
}

TEST(auth_methods, do_not_look_for_credentials_where_no_client_can_send_any) {
    EXPECT_EQ(
        problems_of("  keys: {api_key: {from: [\"header:X-Session\"]}}\n"
                    "  outside: {forward: {url: http://authz/, copy: [X-SESSION]}}\n"),
        std::vector<std::string>{
            "gateway.yaml:4:3: auth.outside.forward.copy: X-SESSION is copied, so clients "
            "cannot send it, but keys takes its credential from it; use two different headers"});
    EXPECT_EQ(
        problems_of("  outside: {forward: {url: http://authz/, headers: [X-A], copy: [x-a]}}\n")
            .size(),
        1u);
    EXPECT_EQ(problems_of("  outside: {forward: {url: http://authz/, copy: [Authorization]}}\n"),
              std::vector<std::string>{})
        << "a target verifies that";
}

} // namespace
} // namespace thalamus::auth::auth_methods_test
