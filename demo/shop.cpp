// thalamus-demo-shop: the users, orders, payments or notifications service of an online shop, for
// the demo, the tests and docker-compose.yml. Many may run at once, each on its own port.

#include "demo/serve.hpp"
#include "demo/shop_services.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace {

/// Splits a number from the text that follows it: "20ms" is 20 and "ms".
std::optional<std::pair<double, std::string_view>> number_and_unit(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || !(value >= 0)) return std::nullopt;
    return std::pair{value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

std::optional<std::chrono::microseconds> parse_latency(std::string_view text) {
    const auto parsed = number_and_unit(text);
    if (!parsed) return std::nullopt;
    const auto [value, unit] = *parsed;
    const double factor = unit == "us"   ? 1
                          : unit == "ms" ? 1e3
                          : unit == "s"  ? 1e6
                          : value == 0   ? 1
                                         : 0;
    if (factor == 0 || value * factor > 600e6) return std::nullopt;
    return std::chrono::microseconds(static_cast<std::int64_t>(value * factor));
}

std::optional<double> parse_rate(std::string_view text) {
    const auto parsed = number_and_unit(text);
    if (!parsed || (parsed->second != "%" && !parsed->second.empty())) return std::nullopt;
    const double rate = parsed->second == "%" ? parsed->first / 100 : parsed->first;
    if (rate > 1) return std::nullopt;
    return rate;
}

} // namespace

int main(int argc, char** argv) {
    using namespace thalamus::demo;
    server_settings settings;
    std::string kind, latency = "0ms", fail_rate = "0%";
    CLI::App app{"A service of the demo shop: JSON over HTTP/1.1, data in memory."};
    app.add_option("--service", kind, "users | orders | payments | notifications")
        ->required()
        ->check(CLI::IsMember({"users", "orders", "payments", "notifications"}));
    app.add_option("--bind", settings.address, "address to listen on")->capture_default_str();
    app.add_option("--port", settings.port, "port to listen on; 0 = a free one")
        ->capture_default_str();
    app.add_option("--name", settings.name,
                   "name of this instance, sent as X-Served-By (default: the service)");
    app.add_option("--latency", latency, "time before each response: 250us, 20ms, 1s")
        ->check([](const std::string& text) {
            return parse_latency(text)
                       ? ""
                       : "a latency is written 250us, 20ms or 1s, and is at most 10 minutes";
        })
        ->capture_default_str();
    app.add_option("--fail-rate", fail_rate, "share of requests that get 503: 5% or 0.05")
        ->check([](const std::string& text) {
            return parse_rate(text) ? "" : "a rate is written 5% or 0.05, and is at most 100%";
        })
        ->capture_default_str();
    app.add_option("--seed", settings.seed, "seed of the random numbers for --fail-rate")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    settings.latency = *parse_latency(latency);
    settings.fail_rate = *parse_rate(fail_rate);
    if (settings.name.empty()) settings.name = kind;

    const auto served = make_shop_service(kind, settings.name);
    return serve("thalamus-demo-shop", settings, *served);
}
