#include "actors/identity/jwks_document.hpp"

#include "cluster/wire.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {

// 3 was a moment, which clocks that differ read in different ways.
namespace document_field {
enum : std::uint32_t { url = 1, text = 2, lifetime = 4, version = 5, age = 6 };
}
constexpr std::uint64_t longest_age = 366ull * 86'400'000; // what is said to be older is as old

namespace question_field {
enum : std::uint32_t { of_url = 1, newer_than = 2 };
}
namespace answer_field {
enum : std::uint32_t { kind = 1, document = 2 };
}

} // namespace

std::string to_payload(const jwks_document& what) {
    cluster::wire_writer out;
    out.text(document_field::url, what.url);
    out.text(document_field::text, what.text);
    out.number(document_field::age, static_cast<std::uint64_t>(what.age.count()));
    out.number(document_field::lifetime, static_cast<std::uint64_t>(what.lifetime.count()));
    out.number(document_field::version, what.version);
    return out.take();
}

std::optional<jwks_document> from_payload(std::string_view payload,
                                          std::type_identity<jwks_document>) {
    jwks_document what;
    cluster::wire_reader in(payload);
    while (in.next()) switch (in.field()) {
        case document_field::url: what.url = in.text(); break;
        case document_field::text: what.text = in.text(); break;
        case document_field::age:
            what.age = std::chrono::milliseconds(std::min<std::uint64_t>(in.number(), longest_age));
            break;
        case document_field::lifetime:
            what.lifetime = std::chrono::seconds(std::min<std::uint64_t>(in.number(), 86'400));
            break;
        case document_field::version:
            what.version = std::min(in.number(), cluster::latest_moment);
            break;
        default: break;
        }
    if (in.failed() || what.url.empty() || what.text.empty() || what.version == 0)
        return std::nullopt;
    return what;
}

std::string to_payload(const key_question& what) {
    cluster::wire_writer out;
    out.text(question_field::of_url, what.url);
    out.number(question_field::newer_than, what.newer_than);
    return out.take();
}

std::optional<key_question> from_payload(std::string_view payload,
                                         std::type_identity<key_question>) {
    key_question what;
    cluster::wire_reader in(payload);
    while (in.next()) switch (in.field()) {
        case question_field::of_url: what.url = in.text(); break;
        case question_field::newer_than: what.newer_than = in.number(); break;
        default: break;
        }
    if (in.failed() || what.url.empty()) return std::nullopt;
    return what;
}

std::string to_payload(const jwks_response& what) {
    cluster::wire_writer out;
    out.number(answer_field::kind, static_cast<std::uint64_t>(what.what));
    if (what.document) out.item(answer_field::document, to_payload(*what.document));
    return out.take();
}

std::optional<jwks_response> from_payload(std::string_view payload,
                                          std::type_identity<jwks_response>) {
    jwks_response what;
    std::uint64_t kind = 0;
    cluster::wire_reader in(payload);
    while (in.next()) switch (in.field()) {
        case answer_field::kind: kind = in.number(); break;
        case answer_field::document:
            what.document = from_payload(in.text(), std::type_identity<jwks_document>{});
            break;
        default: break;
        }
    if (in.failed() || kind < 1 || kind > 4) return std::nullopt;
    what.what = static_cast<jwks_response::kind>(kind);
    if ((what.what == jwks_response::kind::newer) != what.document.has_value()) return std::nullopt;
    return what;
}

} // namespace thalamus::actors
