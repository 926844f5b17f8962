#include "observe/open_metrics.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace thalamus::observe {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void put_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
        case '\\': out += "\\\\"; break;
        case '"': out += "\\\""; break;
        case '\n': out += "\\n"; break;
        default: out += c;
        }
    }
}

void put_number(std::string& out, std::uint64_t value) {
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void put_number(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
    } else if (value >= 0 && value < 9007199254740992.0 && value == std::floor(value)) {
        put_number(out, static_cast<std::uint64_t>(value));
    } else {
        char text[32];
        out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
    }
}

/// Canonical: always with a point or an exponent, so that equal bounds have equal texts.
std::string bound_text(double bound) {
    std::string text;
    put_number(text, bound);
    if (text.find_first_not_of("0123456789") == text.npos) text += ".0";
    return text;
}

void put_series(std::string& out, std::string_view name, std::string_view suffix,
                const std::vector<ClientMetric::Label>& labels, std::string_view bound = {}) {
    out.append(name).append(suffix);
    char separator = '{';
    const auto put_label = [&](std::string_view label, std::string_view value) {
        out += separator;
        separator = ',';
        out.append(label).append("=\"");
        put_escaped(out, value);
        out += '"';
    };
    for (const auto& label : labels) put_label(label.name, label.value);
    if (!bound.empty()) put_label("le", bound);
    if (separator == ',') out += '}';
    out += ' ';
}

void put_histogram(std::string& out, std::string_view name, const ClientMetric& metric) {
    for (const auto& bucket : metric.histogram.bucket) {
        put_series(out, name, "_bucket", metric.label, bound_text(bucket.upper_bound));
        put_number(out, bucket.cumulative_count);
        out += '\n';
    }
    put_series(out, name, "_count", metric.label);
    put_number(out, metric.histogram.sample_count);
    out += '\n';
    put_series(out, name, "_sum", metric.label);
    put_number(out, metric.histogram.sample_sum);
    out += '\n';
}

void put_family(std::string& out, const MetricFamily& family) {
    const bool counter = family.type == MetricType::Counter;
    std::string_view name = family.name;
    if (counter && name.ends_with("_total")) name.remove_suffix(6);
    const char* const type = counter                                ? "counter"
                             : family.type == MetricType::Histogram ? "histogram"
                                                                    : "gauge";
    out.append("# TYPE ").append(name).append(" ").append(type).append("\n# HELP ");
    out.append(name).append(" ");
    put_escaped(out, family.help);
    out += '\n';
    for (const ClientMetric& metric : family.metric) {
        if (family.type == MetricType::Histogram) {
            put_histogram(out, name, metric);
            continue;
        }
        put_series(out, name, counter ? "_total" : "", metric.label);
        put_number(out, counter ? metric.counter.value : metric.gauge.value);
        out += '\n';
    }
}

} // namespace

std::string to_open_metrics(const std::vector<MetricFamily>& families) {
    std::string out;
    for (const MetricFamily& family : families) put_family(out, family);
    out += "# EOF\n";
    return out;
}

} // namespace thalamus::observe
