#pragma once
// Formats an exchange as one line of the access log. Its length is bounded: texts from clients are
// truncated, marked by "…". They are escaped, so that the result is always a single line.

#include "base/utc_text.hpp"
#include "config/node_settings.hpp"
#include "observe/escape.hpp"
#include "observe/exchange_record.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace thalamus::observe {

/// Maximum number of bytes shown, before escaping.
inline constexpr std::size_t path_cap = 2048, user_agent_cap = 512, text_cap = 256;

class line_formatter {
public:
    explicit line_formatter(config::access_format format);

    /// The line with its newline; valid until the next call. Allocates only to hide a credential.
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
