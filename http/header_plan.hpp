#pragma once
// A route's header edits (`request_headers`, `response_headers`), prepared at load so that little is
// decided per message. Immutable after construction; any thread.

#include "config/snapshot.hpp"
#include "http/head.hpp"
#include "http/template_expand.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::http {

/// Removes, sets and adds fields; never those that belong to a connection or to framing (edits of
/// such names are ignored: the gateway alone writes them).
class header_plan {
public:
    header_plan() = default;
    /// `edits` must outlive the plan.
    explicit header_plan(const config::header_edits& edits);

    bool empty() const { return empty_; }

    /// Whether a field of the message (or of the gateway's own) is taken out: removed or set anew.
    bool drops(const field& f) const {
        return f.id == field_id::other ? !other_names_.empty() && drops_name(f.name) : drops(f.id);
    }
    /// For fields the gateway writes itself; `id` is not `other`.
    bool drops(field_id id) const { return (ids_ >> static_cast<unsigned>(id)) & 1; }

    /// Appends the lines that are set and added. A line whose value is missing is left out.
    void append_lines(const template_context& from, std::string& out) const;

private:
    struct line {
        std::string text; // complete with CRLF, or up to and with ": " if `value` follows
        const config::text_template* value = nullptr;
    };
    bool drops_name(std::string_view name) const;

    bool empty_ = true;
    std::uint64_t ids_ = 0; // bit = field_id
    std::vector<std::string> other_names_;
    std::vector<line> lines_; // adjoining literal lines are one
};

/// Fields of a connection, of framing or of routing: written by the gateway alone.
bool is_protected_field(std::string_view name);

} // namespace thalamus::http
