#include "config/yaml_document.hpp"

#include "base/hex.hpp"
#include "config/scalars.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <unordered_map>

namespace thalamus::config {

namespace {

/// Thrown to leave the parser from inside an event.
struct refused {
    yaml_error why;
};

/// Builds the tree from yaml-cpp's events; lives for one parse.
class builder final : public YAML::EventHandler {
public:
    explicit builder(unsigned file) : file_(file) {}

    node_ptr root;

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (documents_++ > 0)
            fail(mark, "a second document", "a configuration is one document; remove the line ---");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(make(node::kind::null, mark, anchor), mark);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto& target = anchors_[anchor];
        for (const auto& open : open_)
            if (open == target)
                fail(mark, "an alias inside the node that it refers to", "remove it");
        if (target) add(target, mark);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        const auto made = make(node::kind::scalar, mark, anchor);
        made->text = value;
        made->plain = tag != "!" && tag != core_tag("str");
        if (made->plain && tag != "?" && tag != "" && tag != core_tag("int") &&
            tag != core_tag("float") && tag != core_tag("bool") && tag != core_tag("null"))
            fail(mark, "an unknown YAML tag",
                 "remove it; only tags like !!str and !!int are known");
        add(made, mark);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(node::kind::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(node::kind::mapping, mark, tag, anchor);
        keys_.emplace_back();
    }
    void OnMapEnd() override {
        keys_.pop_back();
        close();
    }

private:
    static std::string core_tag(const char* name) {
        return std::string("tag:yaml.org,2002:") + name;
    }
    position at(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }
    [[noreturn]] void fail(const YAML::Mark& mark, std::string message, std::string hint) const {
        throw refused{{at(mark), {std::move(message), std::move(hint)}}};
    }

    node_ptr make(node::kind type, const YAML::Mark& mark, YAML::anchor_t anchor) {
        auto made = std::make_shared<node>();
        made->type = type;
        made->where = at(mark);
        if (anchor != 0) anchors_[anchor] = made;
        return made;
    }

    void open(node::kind type, const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor) {
        if (tag != "?" && tag != "" && tag != "!" && tag != core_tag("seq") &&
            tag != core_tag("map"))
            fail(mark, "an unknown YAML tag",
                 "remove it; only tags like !!str and !!int are known");
        if (open_.size() >= max_depth) too_deep(mark);
        open_.push_back(make(type, mark, anchor));
    }
    [[noreturn]] void too_deep(const YAML::Mark& mark) const {
        fail(mark, "nested too deep", "at most " + std::to_string(max_depth) + " levels are read");
    }
    void close() {
        const auto done = open_.back();
        open_.pop_back();
        add(done, YAML::Mark::null_mark());
    }

    /// Adds a complete node to the tree: as the root, an element, a key or the value of a key.
    void add(const node_ptr& value, const YAML::Mark& mark) {
        if (open_.empty()) {
            root = value;
            return;
        }
        auto& parent = *open_.back();
        if (parent.type == node::kind::sequence) {
            parent.entries.push_back({nullptr, value, parent.entries.size()});
        } else if (!keys_.back()) {
            if (value->type != node::kind::scalar)
                throw refused{
                    {value->where, {"a key that is not text", "quote it if it is intended"}}};
            keys_.back() = value;
            return;
        } else {
            parent.entries.push_back({std::move(keys_.back()), value, 0});
            keys_.back() = nullptr;
            // yaml-cpp locates a missing value at the next token; use the location of the key.
            if (value->type == node::kind::null) value->where = parent.entries.back().key->where;
        }
        parent.weight += value->weight;
        parent.height = std::max(parent.height, value->height + 1);
        const auto& place = mark.is_null() ? parent.where : at(mark);
        if (parent.weight > max_nodes)
            throw refused{{place,
                           {"too large once its aliases are followed",
                            "at most " + std::to_string(max_nodes) + " values are read"}}};
        if (parent.height + open_.size() > max_depth + 1)
            throw refused{
                {place,
                 {"nested too deep", "at most " + std::to_string(max_depth) + " levels are read"}}};
    }

    unsigned file_;
    int documents_ = 0;
    std::vector<node_ptr> open_; // from the root inwards
    std::vector<node_ptr> keys_; // per open mapping: the key whose value comes next
    std::unordered_map<YAML::anchor_t, node_ptr> anchors_;
};

int hex4(const std::string& text, std::size_t at) {
    const auto value = at + 4 <= text.size() ? to_core_value("0x" + text.substr(at, 4)) : nullptr;
    const auto* number = std::get_if<std::int64_t>(&value);
    return number ? static_cast<int>(*number) : -1;
}

/// Joins the two escapes with which JSON, but not YAML, writes a character above U+FFFF. Only for
/// text whose first character marks it as JSON, where a backslash is always in a string.
std::string join_surrogates(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos || text[first] != '{' || text.find("\\u") == text.npos) return text;
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 >= text.size()) {
            result += text[at];
            continue;
        }
        const int high = text[at + 1] == 'u' ? hex4(text, at + 2) : -1;
        const int low =
            text.compare(std::min(at + 6, text.size()), 2, "\\u") == 0 ? hex4(text, at + 8) : -1;
        if (high >= 0xD800 && high < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            const int code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            result += "\\U00";
            for (int shift = 20; shift >= 0; shift -= 4)
                result += base::lower_hex[(code >> shift) & 15];
            at += 11;
        } else {
            result.append(text, at, 2);
            ++at;
        }
    }
    return result;
}

/// An unquoted {id} or ${NAME} inside { } or [ ] is the usual cause of a flow error.
std::string hint_for(const std::string& message, const std::string& text, int line) {
    std::istringstream lines(text);
    std::string at;
    for (int i = 0; i < line && std::getline(lines, at);) ++i;
    if (at.find_first_not_of(' ') != at.npos && at[at.find_first_not_of(' ')] == '\t')
        return "indent with spaces, not with tabs";
    if (message.find("flow") != message.npos)
        return "quote text that contains { } [ ] or a comma, as in \"/users/{id}\"";
    if (message.find("illegal map value") != message.npos)
        return "quote text that contains a colon and a space";
    return "check the indentation and brackets up to here, and quote text with special characters";
}

} // namespace

std::variant<node_ptr, yaml_error> parse_yaml(const std::string& text, unsigned file) {
    const position start{file, 1, 1};
    if (text.size() > max_file_size)
        return yaml_error{start, {"larger than 16MiB", "split it with include"}};
    if (!is_utf8(text)) return yaml_error{start, {"not UTF-8 text", "save it as UTF-8"}};
    if (const auto nul = text.find('\0'); nul != text.npos)
        return yaml_error{start, {"contains a NUL character", "a configuration must be text"}};
    builder events(file);
    try {
        std::istringstream in(join_surrogates(text));
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(events)) {}
        return events.root;
    } catch (const refused& stop) {
        return stop.why;
    } catch (const YAML::Exception& error) {
        const auto& mark = error.mark;
        const auto where = mark.is_null() ? start : position{file, mark.line + 1, mark.column + 1};
        return yaml_error{where,
                          {"not valid YAML: " + error.msg, hint_for(error.msg, text, where.line)}};
    }
}

} // namespace thalamus::config
