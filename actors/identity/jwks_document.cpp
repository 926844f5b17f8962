#include "actors/identity/jwks_document.hpp"

#include "cluster/wire_fields.hpp"

namespace thalamus::actors {

namespace {

using cluster::capped_number, cluster::wire_field, cluster::wire_fields;

constexpr std::uint64_t longest_age = 366ull * 86'400'000; // what is said to be older is as old
constexpr std::uint64_t longest_lifetime = 86'400;

// 3 was a moment, which clocks that differ read in different ways.
constexpr wire_fields jwks_document_fields{
    wire_field{1, &key_document::url},
    wire_field{2, &key_document::text},
    wire_field{6, &key_document::age, capped_number{longest_age}},
    wire_field{4, &key_document::lifetime, capped_number{longest_lifetime}},
    wire_field{5, &key_document::version, capped_number{cluster::latest_moment}},
};

constexpr wire_fields key_question_fields{
    wire_field{1, &key_question::url},
    wire_field{2, &key_question::newer_than},
};

/// One that cannot be read counts as absent.
struct optional_document {
    static void write(cluster::wire_writer& out, std::uint32_t number,
                      const std::optional<key_document>& document) {
        if (document) out.item(number, to_payload(*document));
    }
    static bool read(cluster::wire_reader& in, std::optional<key_document>& document) {
        document = from_payload(in.text(), std::type_identity<key_document>{});
        return true;
    }
};

constexpr wire_fields key_answer_fields{
    wire_field{1, &key_answer::what},
    wire_field{2, &key_answer::document, optional_document{}},
};

} // namespace

std::string to_payload(const key_document& what) { return jwks_document_fields.write(what); }

std::optional<key_document> from_payload(std::string_view payload,
                                         std::type_identity<key_document>) {
    key_document what;
    if (!jwks_document_fields.read(payload, what) || what.url.empty() || what.text.empty() ||
        what.version == 0)
        return std::nullopt;
    return what;
}

std::string to_payload(const key_question& what) { return key_question_fields.write(what); }

std::optional<key_question> from_payload(std::string_view payload,
                                         std::type_identity<key_question>) {
    key_question what;
    if (!key_question_fields.read(payload, what) || what.url.empty()) return std::nullopt;
    return what;
}

std::string to_payload(const key_answer& what) { return key_answer_fields.write(what); }

std::optional<key_answer> from_payload(std::string_view payload, std::type_identity<key_answer>) {
    using kind = key_answer::kind;
    key_answer what{kind{}, {}};
    if (!key_answer_fields.read(payload, what) || what.what < kind::newer ||
        what.what > kind::not_mine)
        return std::nullopt;
    if ((what.what == kind::newer) != what.document.has_value()) return std::nullopt;
    return what;
}

} // namespace thalamus::actors
