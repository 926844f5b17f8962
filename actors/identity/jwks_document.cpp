#include "actors/identity/jwks_document.hpp"

#include "cluster/wire_fields.hpp"

namespace thalamus::actors {

namespace {

using cluster::capped_number, cluster::wire_field, cluster::wire_fields;

constexpr std::uint64_t longest_age = 366ull * 86'400'000; // higher ages are reduced to this
constexpr std::uint64_t longest_lifetime = 86'400;

// Field 3 was a timestamp. Nodes whose clocks differ understood it differently.
constexpr wire_fields jwks_document_fields{
    wire_field{1, &jwks_document::url},
    wire_field{2, &jwks_document::text},
    wire_field{6, &jwks_document::age, capped_number{longest_age}},
    wire_field{4, &jwks_document::lifetime, capped_number{longest_lifetime}},
    wire_field{5, &jwks_document::version, capped_number{cluster::latest_moment}},
};

constexpr wire_fields jwks_request_fields{
    wire_field{1, &jwks_request::url},
    wire_field{2, &jwks_request::newer_than},
};

/// A document that cannot be read is treated as absent.
struct optional_document {
    static void write(cluster::wire_writer& out, std::uint32_t number,
                      const std::optional<jwks_document>& document) {
        if (document) out.item(number, to_payload(*document));
    }
    static bool read(cluster::wire_reader& in, std::optional<jwks_document>& document) {
        document = from_payload(in.text(), std::type_identity<jwks_document>{});
        return true;
    }
};

constexpr wire_fields jwks_reply_fields{
    wire_field{1, &jwks_reply::what},
    wire_field{2, &jwks_reply::document, optional_document{}},
};

} // namespace

std::string to_payload(const jwks_document& what) { return jwks_document_fields.write(what); }

std::optional<jwks_document> from_payload(std::string_view payload,
                                          std::type_identity<jwks_document>) {
    jwks_document what;
    if (!jwks_document_fields.read(payload, what) || what.url.empty() || what.text.empty() ||
        what.version == 0)
        return std::nullopt;
    return what;
}

std::string to_payload(const jwks_request& what) { return jwks_request_fields.write(what); }

std::optional<jwks_request> from_payload(std::string_view payload,
                                         std::type_identity<jwks_request>) {
    jwks_request what;
    if (!jwks_request_fields.read(payload, what) || what.url.empty()) return std::nullopt;
    return what;
}

std::string to_payload(const jwks_reply& what) { return jwks_reply_fields.write(what); }

std::optional<jwks_reply> from_payload(std::string_view payload, std::type_identity<jwks_reply>) {
    using kind = jwks_reply::kind;
    jwks_reply what{kind{}, {}};
    if (!jwks_reply_fields.read(payload, what) || what.what < kind::newer ||
        what.what > kind::not_mine)
        return std::nullopt;
    if ((what.what == kind::newer) != what.document.has_value()) return std::nullopt;
    return what;
}

} // namespace thalamus::actors
