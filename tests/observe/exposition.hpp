#pragma once
// A strict reader of Prometheus text (version 0.0.4) and of OpenMetrics text (1.0), for tests. It
// refuses more than a scraper would: whatever is not plainly right is an error.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::observe {

class exposition {
public:
    enum class format { prometheus, open_metrics };

    exposition(std::string_view text, format format) : format_(format) {
        if (text.empty() || text.back() != '\n') fail("does not end in a newline");
        while (!text.empty() && errors.size() < 20) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            line_ = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            if (ended_) fail("text after # EOF");
            read_line();
        }
        if (format_ == format::open_metrics && !ended_) fail("no # EOF");
        check_histograms();
        for (const auto& [name, type] : types) {
            if (!with_samples_.contains(name)) fail("family without a sample: " + name);
            if (!with_help_.contains(name)) fail("family without help: " + name);
        }
    }

    /// The value of a series written as in Prometheus, labels in the order of the text.
    std::optional<double> value(const std::string& series) const {
        const auto at = samples.find(series);
        return at == samples.end() ? std::nullopt : std::optional(at->second);
    }

    std::vector<std::string> errors;
    std::map<std::string, double> samples;
    std::map<std::string, std::string> types;

private:
    struct label {
        std::string name, value;
        bool operator<(const label& other) const { return name < other.name; }
    };

    void fail(const std::string& what) { errors.push_back(what + ": " + std::string(line_)); }

    static bool is_name(std::string_view text, bool colon) {
        if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
        return std::ranges::all_of(text, [colon](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '_' || (colon && c == ':');
        });
    }

    static std::optional<double> number(const std::string& text) {
        if (text == "+Inf") return std::numeric_limits<double>::infinity();
        if (text.empty() || text.find_first_not_of("0123456789.e+-") != text.npos)
            return std::nullopt;
        std::size_t used = 0;
        const double value = std::stod(text, &used);
        return used == text.size() ? std::optional(value) : std::nullopt;
    }

    void read_line() {
        if (line_ == "# EOF" && format_ == format::open_metrics) {
            ended_ = true;
        } else if (line_.starts_with("# HELP ")) {
            const std::string_view rest = line_.substr(7);
            begin_family(rest.substr(0, rest.find(' ')), with_help_, "HELP");
        } else if (line_.starts_with("# TYPE ")) {
            const std::string_view rest = line_.substr(7);
            const std::size_t space = std::min(rest.find(' '), rest.size() - 1);
            const std::string name(rest.substr(0, space)), type(rest.substr(space + 1));
            if (type != "counter" && type != "gauge" && type != "histogram") fail("type");
            if (format_ == format::open_metrics && type == "counter" && name.ends_with("_total")) {
                fail("an OpenMetrics counter family is named without _total");
            }
            if (!types.emplace(name, type).second) fail("second TYPE");
            begin_family(name, with_type_, "TYPE");
        } else if (line_.starts_with("#")) {
            fail("comment");
        } else {
            read_sample();
        }
    }

    void begin_family(std::string_view name, std::set<std::string>& seen, const char* what) {
        if (!is_name(name, true)) fail("family name");
        if (!seen.emplace(name).second) fail(std::string("second ") + what);
        if (name == family_) return;
        if (with_samples_.contains(std::string(name))) fail("family in two places");
        family_ = name;
    }

    void read_sample() {
        std::string_view rest = line_;
        const std::size_t name_end = rest.find_first_of("{ ");
        if (name_end == rest.npos) return fail("no value");
        const std::string name(rest.substr(0, name_end));
        if (!is_name(name, true)) return fail("name");
        rest.remove_prefix(name_end);
        std::vector<label> labels;
        if (rest[0] == '{' && !read_labels(rest, labels)) return;
        if (rest.size() < 2 || rest[0] != ' ') return fail("no space before the value");
        const std::optional<double> value = number(std::string(rest.substr(1)));
        if (!value) return fail("value");

        if (!samples.emplace(std::string(line_.substr(0, line_.size() - rest.size())), *value)
                 .second) {
            fail("duplicate series");
        }
        std::vector<label> sorted = labels;
        std::ranges::sort(sorted, {}, &label::name);
        std::string identity = name;
        for (const label& l : sorted) identity += '\0' + l.name + '\0' + l.value;
        if (!identities_.insert(identity).second)
            fail("duplicate series in another order of labels");
        check_family(name, labels, *value);
    }

    bool read_labels(std::string_view& rest, std::vector<label>& labels) {
        const auto bad = [this](const char* what) {
            fail(what);
            return false;
        };
        rest.remove_prefix(1);
        std::set<std::string> names;
        for (;;) {
            const std::size_t equals = rest.find('=');
            if (equals == rest.npos) return bad("label without value");
            label l{std::string(rest.substr(0, equals)), {}};
            if (!is_name(l.name, false) || l.name.starts_with("__")) return bad("label name");
            if (!names.insert(l.name).second) return bad("label twice");
            rest.remove_prefix(equals + 1);
            if (rest.empty() || rest[0] != '"') return bad("label value without quotes");
            std::size_t at = 1;
            for (; at < rest.size() && rest[at] != '"'; ++at) {
                if (rest[at] != '\\') {
                    l.value += rest[at];
                    continue;
                }
                ++at;
                if (at == rest.size()) return bad("escape at the end");
                if (rest[at] == 'n') {
                    l.value += '\n';
                } else if (rest[at] == '\\' || rest[at] == '"') {
                    l.value += rest[at];
                } else {
                    return bad("escape");
                }
            }
            if (at >= rest.size()) return bad("label value without end");
            rest.remove_prefix(at + 1);
            labels.push_back(l);
            if (rest.starts_with("}")) {
                rest.remove_prefix(1);
                return true;
            }
            if (!rest.starts_with(",")) return bad("labels without a comma");
            rest.remove_prefix(1);
        }
    }

    void check_family(const std::string& name, const std::vector<label>& labels, double value) {
        const auto type = types.find(family_);
        if (type == types.end()) return fail("sample before its TYPE");
        with_samples_.insert(family_);
        if (type->second == "histogram") {
            std::string key = family_;
            std::optional<std::string> bound;
            for (const label& l : labels) {
                if (l.name == "le") {
                    bound = l.value;
                } else {
                    key += '\0' + l.name + '\0' + l.value;
                }
            }
            histogram_parts& h = histograms_[key];
            if (name == family_ + "_bucket" && bound) {
                const std::optional<double> upper = number(*bound);
                if (!upper) return fail("le");
                if (format_ == format::open_metrics && bound->find_first_of(".eI") == bound->npos) {
                    fail("le is not canonical");
                }
                if (!h.buckets.empty() &&
                    (*upper <= h.buckets.back().first || value < h.buckets.back().second)) {
                    fail("buckets are not ascending and cumulative");
                }
                h.buckets.emplace_back(*upper, value);
            } else if (name == family_ + "_count" && !bound) {
                h.count = value;
            } else if (name == family_ + "_sum" && !bound) {
                h.has_sum = true;
            } else {
                fail("sample of a histogram");
            }
            return;
        }
        const bool total = type->second == "counter" && format_ == format::open_metrics;
        if (name != family_ + (total ? "_total" : "")) fail("sample outside its family");
        if (type->second == "counter" && !name.ends_with("_total"))
            fail("counter not named _total");
        if (type->second == "counter" && value < 0) fail("negative counter");
    }

    void check_histograms() {
        line_ = {};
        for (const auto& [key, h] : histograms_) {
            if (h.buckets.empty() || !std::isinf(h.buckets.back().first)) {
                fail("no bucket +Inf in " + key);
            } else if (h.count != h.buckets.back().second) {
                fail("count is not the bucket +Inf in " + key);
            }
            if (!h.has_sum) fail("no sum in " + key);
        }
    }

    struct histogram_parts {
        std::vector<std::pair<double, double>> buckets;
        std::optional<double> count;
        bool has_sum = false;
    };

    format format_;
    std::string_view line_;
    std::string family_;
    std::set<std::string> with_help_, with_type_, with_samples_, identities_;
    std::map<std::string, histogram_parts> histograms_;
    bool ended_ = false;
};

} // namespace thalamus::observe
