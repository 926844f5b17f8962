#include "config/block_writer.hpp"

#include <nlohmann/json.hpp>

namespace thalamus::config {

block_writer::block_writer(json& object, bool whole) : object_(object), whole_(whole) {
    object_ = json::object();
}

void block_writer::text(std::string_view key, std::string_view from, const char*) {
    object_[std::string(key)] = from;
}

void block_writer::secret(std::string_view key, std::string_view from, const char*) {
    text(key, whole_ || from.empty() ? from : "***");
}

void block_writer::boolean(std::string_view key, bool from) { object_[std::string(key)] = from; }

void block_writer::duration(std::string_view key, milliseconds from, milliseconds, milliseconds) {
    text(key, to_text(from));
}

void block_writer::size(std::string_view key, std::uint64_t from, std::uint64_t, std::uint64_t) {
    text(key, size_to_text(from));
}

void block_writer::percent(std::string_view key, unsigned from) {
    text(key, std::to_string(from) + "%");
}

void block_writer::integer(std::string_view key, std::uint64_t from, std::uint64_t, std::uint64_t,
                           const char*) {
    object_[std::string(key)] = from;
}

void block_writer::texts(std::string_view key, const std::vector<std::string>& from) {
    object_[std::string(key)] = from;
}

void block_writer::append(std::string_view key, std::string_view text) {
    object_[std::string(key)].push_back(text);
}

block_writer block_writer::object(std::string_view key) {
    // Not operator[], whose search would make a map of many services quadratic.
    auto& members = object_.get_ref<json::object_t&>();
    members.push_back({std::string(key), nullptr});
    return {members.back().second, whole_};
}

block_writer::json& block_writer::add_list(std::string_view key) {
    return object_[std::string(key)] = json::array();
}

void block_writer::add_text(json& list, std::string_view text) { list.push_back(text); }

block_writer block_writer::add_object(json& list) const { return {list.emplace_back(), whole_}; }

} // namespace thalamus::config
