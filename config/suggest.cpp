#include "config/suggest.hpp"

#include "base/hex.hpp"
#include "config/scalars.hpp"

#include <algorithm>
#include <utility>

namespace thalamus::config {

namespace {

/// The number of edits from one word to the other: insert, delete, replace, swap of adjacent
/// letters. For short words only.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> two(b.size() + 1), one(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) one[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({one[j] + 1, row[j - 1] + 1, one[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], two[j - 2] + 1);
        }
        two.swap(one);
        one.swap(row);
    }
    return one[b.size()];
}

} // namespace

std::string on_one_line(std::string_view text) {
    using base::lower_hex;
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F)
            result.append("\\x") += {lower_hex[byte >> 4], lower_hex[byte & 15]};
        else result += c;
    }
    return result;
}

// append() avoids a false -Wrestrict warning that GCC 12 gives for operator+.
std::string in_braces(std::string_view name) { return std::string("{").append(name).append("}"); }

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 64;
    auto end = std::min(longest, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        ++end; // do not cut within a character
    return '"' + on_one_line(text.substr(0, end)) + (end < text.size() ? "...\"" : "\"");
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    std::string_view best;
    if (word.size() > 64) return best;
    const auto wanted = to_lower(word);
    auto least = wanted.size() <= 3 ? std::size_t{1} : wanted.size() <= 6 ? 2 : 3;
    ++least; // the first candidate within the bound is taken; later ones must be closer
    for (const auto candidate : candidates) {
        const auto edits = distance(wanted, to_lower(candidate));
        // A word with every letter replaced is not similar.
        if (edits < least && edits < candidate.size()) {
            least = edits;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates,
                         std::string fallback) {
    const auto best = nearest(word, candidates);
    return best.empty() ? std::move(fallback) : "did you mean " + in_quotes(best) + "?";
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string result;
    for (const auto word : words) result.append(result.empty() ? "" : ", ").append(word);
    return result;
}

std::string without_user(std::string text) {
    for (auto at = text.find("://"); at != text.npos; at = text.find("://", at + 3)) {
        const auto end = std::min(text.find_first_of("/?#", at + 3), text.size());
        const auto user = text.rfind('@', end);
        if (user != text.npos && user > at + 2 && user < end)
            text.replace(at + 3, user - at - 3, "***");
    }
    return text;
}

} // namespace thalamus::config
