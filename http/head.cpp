#include "http/head.hpp"

#include "http/request_target.hpp"

#include <array>
#include <span>

namespace thalamus::http {
namespace {

struct known_name {
    std::string_view text; // in lower case
    field_id id;
};

// Grouped by length: each length has one to five names, and the first letter mostly decides.
constexpr known_name names_2[] = {{"te", field_id::te}};
constexpr known_name names_3[] = {{"via", field_id::via}};
constexpr known_name names_4[] = {{"host", field_id::host}, {"date", field_id::date}};
constexpr known_name names_6[] = {{"accept", field_id::accept},
                                  {"cookie", field_id::cookie},
                                  {"expect", field_id::expect},
                                  {"origin", field_id::origin},
                                  {"server", field_id::server}};
constexpr known_name names_7[] = {{"upgrade", field_id::upgrade}, {"trailer", field_id::trailer}};
constexpr known_name names_9[] = {{"x-real-ip", field_id::x_real_ip},
                                  {"forwarded", field_id::forwarded}};
constexpr known_name names_10[] = {{"connection", field_id::connection},
                                   {"keep-alive", field_id::keep_alive},
                                   {"tracestate", field_id::tracestate}};
constexpr known_name names_11[] = {{"traceparent", field_id::traceparent}};
constexpr known_name names_12[] = {{"content-type", field_id::content_type},
                                   {"max-forwards", field_id::max_forwards},
                                   {"x-request-id", field_id::x_request_id}};
constexpr known_name names_13[] = {{"authorization", field_id::authorization}};
constexpr known_name names_14[] = {{"content-length", field_id::content_length}};
constexpr known_name names_15[] = {{"x-forwarded-for", field_id::x_forwarded_for}};
constexpr known_name names_16[] = {{"proxy-connection", field_id::proxy_connection},
                                   {"x-forwarded-host", field_id::x_forwarded_host},
                                   {"x-forwarded-port", field_id::x_forwarded_port}};
constexpr known_name names_17[] = {{"transfer-encoding", field_id::transfer_encoding},
                                   {"x-forwarded-proto", field_id::x_forwarded_proto}};
constexpr known_name names_18[] = {{"proxy-authenticate", field_id::proxy_authenticate}};
constexpr known_name names_19[] = {{"proxy-authorization", field_id::proxy_authorization}};

constexpr std::array<std::span<const known_name>, 20> names_by_length{{
    {},       {},       names_2,  names_3,  names_4,  {},       names_6,
    names_7,  {},       names_9,  names_10, names_11, names_12, names_13,
    names_14, names_15, names_16, names_17, names_18, names_19,
}};

} // namespace

field_id to_field_id(std::string_view name) {
    if (name.size() >= names_by_length.size()) return field_id::other;
    for (const known_name& known : names_by_length[name.size()])
        if (iequals(name, known.text)) return known.id;
    return field_id::other;
}

std::string_view find(const field_list& fields, field_id id) {
    for (const field& f : fields)
        if (f.id == id) return f.value;
    return {};
}

std::string_view find(const field_list& fields, std::string_view name) {
    for (const field& f : fields)
        if (iequals(f.name, name)) return f.value;
    return {};
}

bool contains(const field_list& fields, field_id id) {
    for (const field& f : fields)
        if (f.id == id) return true;
    return false;
}

std::string_view authority_of(const request_head& head) {
    const std::string_view absolute = absolute_authority(head.target);
    return absolute.data() ? absolute : find(head.fields, field_id::host);
}

} // namespace thalamus::http
