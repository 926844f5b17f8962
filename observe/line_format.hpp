#pragma once
// An exchange as one line of the access log. The line has a bound: what a client supplied is cut
// (marked by "…"), and every byte of it is escaped, so that it is one line whatever was sent.

#include "base/utc_text.hpp"
#include "config/snapshot.hpp"
#include "observe/escape.hpp"
#include "observe/exchange_record.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace thalamus::observe {

/// Bytes shown at most, before escaping.
inline constexpr std::size_t path_cap = 2048, user_agent_cap = 512, text_cap = 256;

class line_formatter {
public:
    explicit line_formatter(config::access_format format);

    /// The line with its newline; valid until the next call. Allocates only when it hides a
    /// credential.
    std::string_view format(const exchange_record& record);

private:
    std::string_view json(const exchange_record& record);
    std::string_view common(const exchange_record& record);
    std::string_view shown_path(std::string_view path);

    const config::access_format format_;
    base::utc_text clock_;
    std::string redacted_;
    std::unique_ptr<char[]> line_;
};

} // namespace thalamus::observe
