#include "policies/balancing/retry.hpp"

#include <algorithm>

namespace thalamus::balancing {

namespace {

using std::chrono::milliseconds;

constexpr unsigned least_retries = 3;
constexpr milliseconds longest_backoff{1000};

/// A proxy may repeat these on its own (RFC 9110 section 9.2.2).
bool is_idempotent(std::string_view method) {
    static constexpr std::string_view all[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
    return std::find(std::begin(all), std::end(all), method) != std::end(all);
}

retry_decision give_up(const failed_attempt& failed) {
    retry_decision decision;
    switch (failed.failure) {
    case failure::connect: decision.reason = "no connection to the target"; break;
    case failure::connect_timeout:
        decision.status = 504;
        decision.reason = "the target did not accept the connection in time";
        break;
    case failure::reset:
        decision.reason = "the target closed the connection without a response";
        break;
    case failure::malformed_response: decision.reason = "the target's response is invalid"; break;
    case failure::timeout:
        decision.status = 504;
        decision.reason = "the target did not respond in time";
        break;
    case failure::status: decision.result = retry_decision::action::pass_on; break;
    }
    return decision;
}

bool is_wanted(const config::retry_settings& settings, failure failed) {
    switch (failed) {
    case failure::connect:
    case failure::connect_timeout: return settings.on_connect;
    case failure::reset: return settings.on_reset;
    case failure::timeout: return settings.on_timeout;
    case failure::status: return true;       // the caller has checked is_retried_status
    case failure::malformed_response: break; // a retry would get the same
    }
    return false;
}

/// Doubles each time, less a random part of up to half, so that clients do not come back together.
milliseconds backoff(const config::retry_settings& settings, unsigned attempts,
                     base::xoshiro256& random) {
    const auto full = std::min(settings.backoff * (1u << std::min(attempts - 1, 10u)),
                               std::max(settings.backoff, longest_backoff));
    const auto half = static_cast<std::uint32_t>(full.count() / 2);
    return full - milliseconds(half == 0 ? 0 : random.below(half + 1));
}

} // namespace

retry_budget::second& retry_budget::second_of(time_point now) {
    const auto when = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    auto& s = window_[static_cast<std::size_t>(when) % window_.size()];
    if (s.when != when) s = {when, 0, 0};
    return s;
}

bool retry_budget::take(time_point now) {
    if (percent_ == 0) return false;
    auto& current = second_of(now);
    std::uint64_t requests = 0, retries = 0;
    for (const auto& s : window_) {
        if (current.when - s.when >= static_cast<std::int64_t>(window_.size())) continue;
        requests += s.requests;
        retries += s.retries;
    }
    if (retries >= least_retries && (retries + 1) * 100 > requests * percent_) return false;
    ++current.retries;
    return true;
}

bool is_retried_status(const config::retry_settings& settings, unsigned status) {
    return std::any_of(
        settings.on_status.begin(), settings.on_status.end(),
        [&](const auto& range) { return range.first <= status && status <= range.last; });
}

retry_decision decide_retry(const config::retry_settings* settings, const failed_attempt& failed,
                            retry_budget& budget, retry_budget::time_point now,
                            base::xoshiro256& random) {
    using action = retry_decision::action;
    auto decision = give_up(failed);
    if (!failed.replayable || failed.time_left <= milliseconds(0)) return decision;

    const bool reset = failed.failure == failure::reset;
    const bool unreceived = (reset && failed.unreceived) || failed.failure == failure::connect ||
                            failed.failure == failure::connect_timeout;
    if (reset && failed.reused && (unreceived || is_idempotent(failed.method))) {
        decision.result = action::retry_fresh;
        return decision;
    }
    if (settings == nullptr || !is_wanted(*settings, failed.failure) ||
        failed.attempts >= settings->attempts)
        return decision;
    const auto& methods = settings->methods;
    if (!unreceived && std::find(methods.begin(), methods.end(), failed.method) == methods.end())
        return decision;
    const auto delay = backoff(*settings, failed.attempts, random);
    if (delay >= failed.time_left) return decision;
    if (!budget.take(now)) {
        decision.over_budget = true;
        return decision;
    }
    decision.result = action::retry;
    decision.delay = delay;
    return decision;
}

} // namespace thalamus::balancing
