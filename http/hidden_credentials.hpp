#pragma once
// Removes credentials from the request to a target (`hide_credentials`). Pure; any thread.

#include "config/auth_settings.hpp"
#include "http/head.hpp"

#include <span>
#include <string>
#include <string_view>

namespace thalamus::http {

using credential_places = std::span<const config::credential_source>;

/// Whether the whole field is a credential: Authorization (`bearer`, `basic`) or a header source.
bool is_credential(credential_places hidden, const field& f);

/// Appends the value of a Cookie field without the hidden cookies; nothing if none is left.
void append_other_cookies(credential_places hidden, std::string_view value, std::string& out);

/// The query ("?a=1&b=2", or empty) without hidden parameters. Points into `query` or `buffer`.
std::string_view other_parameters(credential_places hidden, std::string_view query,
                                  std::string& buffer);

} // namespace thalamus::http
