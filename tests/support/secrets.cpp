#include "tests/support/secrets.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

namespace thalamus::test {

namespace {

/// Of a token the end: that is its signature.
constexpr std::size_t telling = 24;
std::mutex mutex;
std::vector<std::string> secrets;

} // namespace

std::string keep_secret(std::string what) {
    if (what.size() < 6) return what; // would be found in anything
    const std::lock_guard lock(mutex);
    auto end = what.size() > telling ? what.substr(what.size() - telling) : what;
    if (std::ranges::find(secrets, end) == secrets.end()) secrets.push_back(std::move(end));
    return what;
}

std::string found_secret(std::string_view text) {
    const std::lock_guard lock(mutex);
    for (const auto& each : secrets)
        if (text.find(each) != text.npos) return each;
    return {};
}

} // namespace thalamus::test
