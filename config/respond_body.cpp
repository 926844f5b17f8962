// The fixed body of `respond`: text, JSON written as YAML, or a file read at load.

#include "config/route_parts.hpp"
#include "config/substitute.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace thalamus::config {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t largest_body = 8 << 20;

json to_json_scalar(reader& in, const cursor& at) {
    if (!at.value->plain) return at.value->text;
    const auto value = to_core_value(at.value->text);
    if (const auto* number = std::get_if<double>(&value); number && !std::isfinite(*number)) {
        in.fail(at, "JSON has no infinity and no NaN", "quote it to send it as text");
        return nullptr;
    }
    return std::visit([](const auto& v) { return json(v); }, value);
}

json to_json_value(reader& in, const cursor& at) {
    switch (at.value->type) {
    case node::kind::sequence: {
        auto list = json::array();
        for (const auto& entry : at.value->entries)
            list.push_back(
                to_json_value(in, {entry.value.get(), nullptr, path_of(at.path, entry.index)}));
        return list;
    }
    case node::kind::mapping: {
        auto object = json::object();
        // Keys are unique (see sources.cpp), so the search of operator[] is not needed.
        for (const auto& entry : at.value->entries)
            object.get_ref<json::object_t&>().push_back(
                {entry.key->text, to_json_value(in, {entry.value.get(), nullptr,
                                                     path_of(at.path, entry.key->text)})});
        return object;
    }
    case node::kind::scalar: return to_json_scalar(in, at);
    default: return nullptr;
    }
}

const char* type_by_extension(std::string_view file) {
    constexpr std::pair<std::string_view, const char*> types[] = {
        {".html", "text/html; charset=utf-8"},
        {".htm", "text/html; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".csv", "text/csv; charset=utf-8"},
        {".md", "text/markdown; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".json", "application/json"},
        {".xml", "application/xml"},
        {".yaml", "application/yaml"},
        {".yml", "application/yaml"},
        {".pdf", "application/pdf"},
        {".wasm", "application/wasm"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".gif", "image/gif"},
        {".webp", "image/webp"},
        {".ico", "image/vnd.microsoft.icon"},
    };
    const auto lower = to_lower(file);
    for (const auto& [extension, type] : types)
        if (lower.ends_with(extension)) return type;
    return "application/octet-stream";
}

std::optional<std::string> read_body_file(reader& in, const cursor& at) {
    const auto name = in.text(at);
    if (!name) return std::nullopt;
    auto content = name->find('\0') == name->npos
                       ? in.env().read_file(path_beside(in.place_of(at).file, *name))
                       : std::nullopt;
    if (!content)
        in.fail(at, "the file " + in.shown(at) + " cannot be read",
                "a relative path starts at the folder of this configuration file");
    return content;
}

} // namespace

void read_respond_body(block& respond, respond_action& into) {
    auto& in = respond.in();
    const auto text = respond.find("text"), document = respond.find("json"),
               file = respond.find("file");
    const char* type = nullptr;
    const cursor* given = nullptr;
    for (const auto* body : {&text, &document, &file}) {
        if (!*body) continue;
        if (given)
            in.fail_key(**body, "the response has more than one body",
                        "keep one of text, json and file");
        given = &**body;
    }
    if (text) {
        into.body = in.text(*text, true).value_or("");
        type = "text/plain; charset=utf-8";
    }
    if (document) {
        // Substituted text may contain any bytes.
        into.body =
            to_json_value(in, *document).dump(-1, ' ', false, json::error_handler_t::replace);
        type = "application/json";
    }
    if (file) {
        into.body = read_body_file(in, *file).value_or("");
        type = type_by_extension(file->value->text);
    }
    if (into.body.size() > largest_body)
        in.fail(*given, "the body is larger than 8MiB", "serve it from a service");
    if (!given) return;
    if (into.status == 204 || into.status == 205 || into.status == 304)
        in.fail_key(*given,
                    "a response with status " + std::to_string(into.status) + " has no body",
                    "remove it, or choose another status");
    const bool typed =
        std::any_of(into.headers.begin(), into.headers.end(),
                    [](const auto& header) { return to_lower(header.first) == "content-type"; });
    if (!typed) into.headers.emplace_back("Content-Type", type);
}

} // namespace thalamus::config
