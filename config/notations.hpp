#pragma once
// The notations of values in the descriptions of settings: each pairs the function that reads a
// value with the one that shows it. Those of one section are in its description. Private to
// config/.

#include "config/addresses.hpp"
#include "config/reader.hpp"

#include <string>
#include <vector>

namespace thalamus::config {

/// An address to listen on: an IP address or localhost. Port 0 means any free port.
std::optional<endpoint> read_bind(reader& in, const cursor& at);
/// An address to connect to.
std::optional<endpoint> read_server(reader& in, const cursor& at, std::uint16_t default_port);
std::optional<hash_source> read_hash_source(reader& in, const cursor& at);

std::optional<std::vector<network>> read_networks(reader& in, const cursor& at);
std::optional<std::vector<status_range>> read_statuses(reader& in, const cursor& at);
/// Methods in upper case.
std::optional<std::vector<std::string>> read_methods(reader& in, const cursor& at);
/// Header names.
std::optional<std::vector<std::string>> read_tokens(reader& in, const cursor& at);
/// Texts without duplicates; a single text needs no list. `example` is the hint if the value is
/// something else.
std::optional<std::vector<std::string>> read_texts(reader& in, const cursor& at,
                                                   const std::string& example);

/// The elements of `cursors` that can be read. `read` returns an optional for each.
template <class T, class Read>
std::optional<std::vector<T>> read_each(const std::optional<std::vector<cursor>>& cursors,
                                        Read read) {
    if (!cursors) return std::nullopt;
    std::vector<T> values;
    for (const auto& element : *cursors)
        if (auto value = read(element)) values.push_back(std::move(*value));
    return values;
}

/// A text that may be empty.
std::optional<std::string> read_any_text(reader& in, const cursor& at);

std::string to_text(const hash_source& source);
inline std::string as_is(const std::string& text) { return text; }

inline constexpr notation<std::string> any_text{read_any_text, as_is};
inline constexpr notation<endpoint> bind_address{read_bind, to_text};
inline constexpr notation<hash_source> hash_source_notation{read_hash_source, to_text};
inline constexpr list_notation<network> network_list{read_networks, to_text};
inline constexpr list_notation<status_range> status_list{read_statuses, to_text};
inline constexpr list_notation<std::string> method_list{read_methods, as_is};
inline constexpr list_notation<std::string> header_name_list{read_tokens, as_is};

} // namespace thalamus::config
