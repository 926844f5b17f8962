// Chooses the text format for a scrape (RFC 9110 section 12.5.1).

#include "base/ascii.hpp"
#include "observe/metrics.hpp"

#include <algorithm>
#include <string>

namespace thalamus::observe {
namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Removes and returns the text before the first `separator` outside quotes.
std::string_view take(std::string_view& list, char separator) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < list.size() && (quoted || list[end] != separator); ++end) {
        if (list[end] == '"') quoted = !quoted;
        if (list[end] == '\\' && quoted && end + 1 < list.size()) ++end;
    }
    const std::string_view taken = trimmed(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return taken;
}

/// A weight in thousandths; 0 if it is invalid.
int weight(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
    int value = (text[0] - '0') * 1000;
    if (text.size() > 1 && text[1] != '.') return 0;
    for (std::size_t i = 2, unit = 100; i < text.size(); ++i, unit /= 10) {
        if (text[i] < '0' || text[i] > '9') return 0;
        value += (text[i] - '0') * static_cast<int>(unit);
    }
    return std::min(value, 1000);
}

} // namespace

metrics::text_format metrics::format_for(std::string_view accept) {
    int open_metrics = -1, plain = -1, any_text = -1, anything = -1;
    while (!accept.empty()) {
        std::string_view item = take(accept, ',');
        const std::string type = base::to_lower(take(item, ';'));
        int q = 1000;
        bool our_version = true;
        while (!item.empty()) {
            std::string_view value = take(item, ';');
            const std::string name = base::to_lower(take(value, '='));
            value = trimmed(value);
            if (name == "q") q = weight(value);
            if (name == "version") our_version = value == "1.0.0" || value == "\"1.0.0\"";
        }
        if (type == "application/openmetrics-text" && our_version) {
            open_metrics = std::max(open_metrics, q);
        } else if (type == "text/plain") {
            plain = std::max(plain, q);
        } else if (type == "text/*") {
            any_text = std::max(any_text, q);
        } else if (type == "*/*") {
            anything = std::max(anything, q);
        }
    }
    // OpenMetrics only for clients that list it and do not prefer text/plain, whose weight comes
    // from the most specific range that matches.
    const int for_plain = plain >= 0 ? plain : any_text >= 0 ? any_text : anything;
    return open_metrics > 0 && open_metrics >= for_plain ? text_format::open_metrics
                                                         : text_format::prometheus;
}

std::string_view metrics::content_type(text_format format) {
    return format == text_format::open_metrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

} // namespace thalamus::observe
