#include "config/substitute.hpp"

#include "config/suggest.hpp"

#include <algorithm>
#include <filesystem>

namespace thalamus::config {

namespace {

constexpr std::size_t most_produced = 64 << 20; // bytes: a small file must not fill the memory

bool is_variable_name(std::string_view name) {
    const auto letter = [](char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9');
    });
}

} // namespace

std::string path_beside(const std::string& beside, const std::string& path) {
    return (std::filesystem::path(beside).parent_path() / path).string();
}

std::variant<substitution::result, syntax_error> substitution::apply(const std::string& text,
                                                                     const std::string& beside) {
    const std::string literal_hint = "write $${ for a literal ${";
    result done;
    for (std::size_t at = 0; at < text.size();) {
        const auto dollar = text.find('$', at);
        done.text.append(text, at, dollar - at);
        if (dollar == text.npos) break;
        if (text.compare(dollar, 3, "$${") == 0) {
            done.text += "${";
            at = dollar + 3;
            continue;
        }
        if (text.compare(dollar, 2, "${") != 0) {
            done.text += '$';
            at = dollar + 1;
            continue;
        }
        const auto end = text.find('}', dollar);
        if (end == text.npos) return syntax_error{"${ without }", literal_hint};
        const auto inside = text.substr(dollar + 2, end - dollar - 2);
        at = end + 1;
        if (inside.find("${") != inside.npos)
            return syntax_error{"${ within ${", "nesting is not supported; " + literal_hint};
        const auto colon = inside.find(":-");
        const auto name = inside.substr(0, colon);
        if (inside.starts_with("file:") && name != "file") {
            const auto path = inside.substr(5);
            auto content = path.empty() || path.find('\0') != path.npos
                               ? std::nullopt
                               : env_.read_file(path_beside(beside, path));
            if (!content)
                return syntax_error{
                    "the file " + in_quotes(path) + " cannot be read",
                    "a relative path starts at the folder of this configuration file"};
            if (content->ends_with('\n'))
                content->resize(content->size() - (content->ends_with("\r\n") ? 2 : 1));
            done.text += *content;
            done.secret = true;
            secrets_.insert(std::move(*content));
        } else if (!is_variable_name(name)) {
            return syntax_error{"${" + inside.substr(0, 64) + "} is not an environment variable",
                                "write ${NAME}, ${NAME:-default} or ${file:PATH}; " + literal_hint};
        } else {
            auto value = env_.variable(name);
            if (colon != inside.npos && (!value || value->empty()))
                value = inside.substr(colon + 2);
            if (!value)
                return syntax_error{"the environment variable " + name + " is not set",
                                    "set it or give a default: ${" + name + ":-default}"};
            done.text += *value;
            done.of_node |= name == "HOSTNAME";
        }
        if (produced_ + done.text.size() > most_produced)
            return syntax_error{"too much text from the environment and files",
                                "at most 64MiB are read"};
    }
    produced_ += done.text.size();
    return done;
}

} // namespace thalamus::config
