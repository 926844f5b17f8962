// The Kubernetes Gateway API's conformance tests of HTTPRoute, translated into our configuration:
// 31 set-ups with 198 requests. What the language cannot say is listed with its reason.

#include "tests/support/gateway.hpp"
#include "tests/support/gateway_api.hpp"
#include "tests/support/paths.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <iostream>
#include <nlohmann/json.hpp>

namespace thalamus::test::gateway_api_test {
namespace {

using nlohmann::json;

constexpr auto folder = "gateway-api-routes";

/// Empty where the vectors do not exist.
const json& set_ups() {
    static const json all = [] {
        const auto file = vectors_path(folder) / "routes.json";
        return std::filesystem::exists(file) ? json::parse(read_file(file)) : json::array();
    }();
    return all;
}

std::string without_blanks(std::string text) {
    std::erase(text, ' ');
    return text;
}

class backend : public recording_target {
public:
    explicit backend(const std::string& name) : recording_target(name) {
        handle([this, name](target_exchange& x) {
            x.read_body();
            std::vector<field> fields{{"X-Target", name}};
            {
                std::lock_guard lock(mutex_);
                fields.insert(fields.end(), fields_.begin(), fields_.end());
            }
            if (x.head.target.find("delay=1s") != std::string::npos) x.client_left(1s);
            x.answer(200, name, fields);
        });
    }
    void set_fields(const json& fields) {
        std::lock_guard lock(mutex_);
        fields_.clear();
        for (auto& [name, value] : fields.items()) fields_.emplace_back(name, value);
    }

private:
    std::mutex mutex_;
    std::vector<field> fields_;
};

class http_routes : public vectors_test, public testing::WithParamInterface<std::size_t> {
protected:
    http_routes() : vectors_test(folder) {}

    backend v1{"infra-backend-v1"}, v2{"infra-backend-v2"}, v3{"infra-backend-v3"};
    const json set_up = GetParam() < set_ups().size() ? set_ups()[GetParam()] : json();

    backend& by_name(const std::string& name) {
        return name == v1.name() ? v1 : name == v2.name() ? v2 : v3;
    }

    void check_status(const json& one, const response& answer) {
        auto expected = one.value("response", json::object());
        std::vector<int> fine =
            expected.value("status_codes", std::vector<int>{expected.value("status_code", 200)});
        // A known path under another method is 405 by our contract.
        if (fine == std::vector<int>{404} && answer.status == 405) fine.push_back(405);
        EXPECT_TRUE(std::count(fine.begin(), fine.end(), answer.status))
            << answer.status << " instead of " << json(fine).dump() << "\n"
            << answer.head << answer.body;
    }

    void check_answer(const json& one, const response& answer) {
        check_status(one, answer);
        auto expected = one.value("response", json::object());
        auto fields = expected.value("headers", json::object());
        for (auto& [name, value] : fields.items())
            EXPECT_EQ(without_blanks(answer.joined(name)), without_blanks(value)) << name << "\n"
                                                                                  << answer.head;
        for (auto& name : expected.value("absent_headers", json::array()))
            EXPECT_FALSE(answer.has(name.get<std::string>())) << name << "\n" << answer.head;
        auto valid = expected.value("valid_header_values", json::object());
        for (auto& [name, values] : valid.items())
            EXPECT_TRUE(std::any_of(values.begin(), values.end(),
                                    [&, &name = name](auto& value) {
                                        return without_blanks(answer.joined(name)) ==
                                               without_blanks(value);
                                    }))
                << name << " is none of " << values << "\n"
                << answer.head;
    }

    void check_seen(const json& one) {
        auto& target = by_name(one["backend"]);
        ASSERT_EQ(target.request_count(), 1u) << "the request went elsewhere";
        auto seen = target.last_request();
        auto expected = one.value("expected_request", json::object());
        auto request = expected.value("request", json::object());
        EXPECT_EQ(seen.target, request.value("path", seen.target));
        EXPECT_EQ(seen.joined("Host"), request.value("host", seen.joined("Host")));
        auto fields = request.value("headers", json::object());
        for (auto& [name, value] : fields.items())
            EXPECT_EQ(without_blanks(seen.joined(name)), without_blanks(value)) << name << "\n"
                                                                                << seen.head;
        for (auto& name : expected.value("absent_headers", json::array()))
            EXPECT_FALSE(seen.has(name.get<std::string>())) << name << "\n" << seen.head;
    }

    void check_redirect(const json& one, const response& answer, const std::string& host) {
        auto& to = one["redirect_request"];
        std::string path = one["request"]["path"];
        auto expected = to.value("scheme", "http") + "://" + to.value("host", host) +
                        (to.contains("port") ? ":" + to["port"].get<std::string>() : "") +
                        to.value("path", path);
        EXPECT_EQ(answer.joined("Location"), expected);
    }

    void run_case(const gateway& gateway, const json& one) {
        auto& request = one["request"];
        std::string method = request.value("method", "GET"),
                    host = request.value("host", "gateway.test");
        SCOPED_TRACE(request.dump());
        for (auto* target : {&v1, &v2, &v3}) {
            target->forget();
            target->set_fields(one.value("backend_set_response_headers", json::object()));
        }
        std::vector<field> fields{{"Host", host}};
        auto given = request.value("headers", json::object());
        for (auto& [name, value] : given.items()) fields.emplace_back(name, value);
        auto answer = gateway.ask(method, request["path"].get<std::string>(), fields);
        check_answer(one, answer);
        if (one.contains("backend")) check_seen(one);
        if (one.contains("redirect_request")) check_redirect(one, answer, host);
    }
};

TEST_P(http_routes, answers_as_the_conformance_tests_expect) {
    auto translated = gateway_api::translate(set_up);
    if (!translated.not_sayable.empty()) return;
    std::vector<std::size_t> runs(set_up["cases"].size());
    for (std::size_t layer = 0; layer < translated.layers.size(); ++layer) {
        gateway gateway(
            gateway_api::configuration(translated, layer),
            {{v1.name(), v1.address()}, {v2.name(), v2.address()}, {v3.name(), v3.address()}});
        for (std::size_t i = 0; i < runs.size(); ++i) {
            auto& one = set_up["cases"][i];
            if (!gateway_api::not_sayable(set_up, one).empty()) continue;
            // A layer can tell only if it holds every route that the request matches.
            auto held = [&](auto& routes) {
                return std::count_if(routes.begin(), routes.end(), [&](auto& route) {
                    return gateway_api::matches(route, one["request"]);
                });
            };
            auto most = std::max_element(translated.layers.begin(), translated.layers.end(),
                                         [&](auto& a, auto& b) { return held(a) < held(b); });
            if (held(translated.layers[layer]) < held(*most)) continue;
            run_case(gateway, one);
            ++runs[i];
        }
    }
    for (std::size_t i = 0; i < runs.size(); ++i)
        EXPECT_TRUE(runs[i] > 0 || !gateway_api::not_sayable(set_up, set_up["cases"][i]).empty())
            << set_up["cases"][i];
}

std::string name_of(const testing::TestParamInfo<std::size_t>& info) {
    if (info.param >= set_ups().size()) return "set_up_" + std::to_string(info.param);
    std::string name = set_ups()[info.param]["test"];
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(gateway_api, http_routes, testing::Range<std::size_t>(0, 31), name_of);

class gateway_api_coverage : public vectors_test {
protected:
    gateway_api_coverage() : vectors_test(folder) {}
};

TEST_F(gateway_api_coverage, lists_what_our_language_cannot_say) {
    std::size_t all = 0, said = 0, whole = 0;
    for (auto& set_up : set_ups()) {
        auto translated = gateway_api::translate(set_up);
        std::size_t here = 0;
        for (auto& one : set_up["cases"]) {
            auto reason = translated.not_sayable.empty() ? gateway_api::not_sayable(set_up, one)
                                                         : translated.not_sayable;
            if (!reason.empty())
                std::cout << set_up["test"].get<std::string>() << " " << one["request"].dump()
                          << ": " << reason << "\n";
            here += reason.empty();
        }
        std::cout << set_up["test"].get<std::string>() << ": " << here << " of "
                  << set_up["cases"].size() << "\n";
        all += set_up["cases"].size();
        said += here;
        whole += here == set_up["cases"].size();
    }
    EXPECT_EQ(set_ups().size(), 31u);
    EXPECT_EQ(all, 198u);
    EXPECT_EQ(said, 179u);
    EXPECT_EQ(whole, 22u);
}

} // namespace
} // namespace thalamus::test::gateway_api_test
