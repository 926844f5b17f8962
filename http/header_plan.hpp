#pragma once
// The header edits of a route (`request_headers`, `response_headers`), prepared at load to save
// work per message. Immutable after construction; any thread.

#include "config/route_settings.hpp"
#include "http/head.hpp"
#include "http/template_expand.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::http {

/// Removes, sets and adds fields. Loading has rejected edits of fields that only the gateway sets
/// (config/header_names.hpp).
class header_plan {
public:
    header_plan() = default;
    /// `edits` must outlive the plan.
    explicit header_plan(const config::header_edits& edits);

    bool empty() const { return empty_; }

    /// Whether a field of the message or of the gateway is dropped, because it is removed or set.
    bool drops(const field& f) const {
        return f.id == field_id::other ? !other_names_.empty() && drops_name(f.name) : drops(f.id);
    }
    /// For fields that the gateway sets; `id` is not `other`.
    bool drops(field_id id) const { return (ids_ >> static_cast<unsigned>(id)) & 1; }

    /// Appends the lines that are set and added, except those named in `except`. A line is omitted
    /// if a value of its template is missing.
    void append_lines(const template_context& context, std::string& out,
                      std::span<const std::string_view> except = {}) const;

private:
    struct line {
        std::string text; // complete with CRLF, or up to and including ": " if there is a `value`
        std::size_t name_size = 0;
        const config::text_template* value = nullptr;
    };
    bool drops_name(std::string_view name) const;

    bool empty_ = true;
    std::uint64_t ids_ = 0; // bit = field_id
    std::vector<std::string> other_names_;
    std::vector<line> lines_;
};

} // namespace thalamus::http
