// Any bytes as a request and as an answer, forwarded: what is written reads back as one message
// with the framing that was asked for, and nothing the sender said about connections or identities.

#include "http/forwarding.hpp"
#include "http/identity_fields.hpp"
#include "http/parse.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace thalamus;
using namespace thalamus::http;

void require(bool holds) {
    if (!holds) std::abort();
}

config::text_template parse(std::string_view text) {
    return std::get<config::text_template>(config::parse_template(text));
}

config::route_settings edited_route() {
    config::route_settings route;
    route.request_headers.set = {{"X-Query", parse("<{query.v}>")},
                                 {"X-Field", parse("{header.x-in}")}};
    route.request_headers.add = {{"X-Capture", parse("{id}")}};
    route.request_headers.remove = {"X-Debug"};
    route.rewrite.host = parse("{header.x-in}.internal");
    return route;
}

unsigned count(const field_list& fields, std::string_view name) {
    unsigned n = 0;
    for (const auto& f : fields) n += iequals(f.name, name);
    return n;
}

void forward_request(std::string_view bytes, bool trusted_peer) {
    request_head head;
    if (parse_request_head(bytes, 100, head)) return;
    static const config::route_settings plain_route, route = edited_route();
    static const config::service_settings service;
    static const forward_plan plain = make_forward_plan(plain_route, service),
                              edited = make_forward_plan(route, service);
    thalamus::base::ip_bytes peer;
    require(thalamus::base::parse_ip("10.0.0.1", peer));
    const std::vector<config::network> trusted{{peer, trusted_peer ? 104u : 128u}, {{}, 128}};
    const auto client =
        find_client(peer, "http", std::span(trusted).subspan(trusted_peer ? 0 : 1), head.fields);
    const std::vector<std::string> asserted{"x-user-id"};
    drop_forged_identity(head.fields, client.peer_trusted, asserted);
    const capture_list captures{{"id", "a%0D%0Ab", false}};
    const auto query = head.target.substr(std::min(head.target.find('?'), head.target.size()));
    const template_context context{&captures, &head.fields, query, "10.0.0.1", "h"};
    outgoing_request request{&head,       "/path", query, find(head.fields, field_id::host),
                             "target:80", &client, "id",  "tp"};
    request.framing = head.framing;
    request.content_length = head.content_length;
    request.context = &context;
    for (const auto* plan : {&plain, &edited}) {
        std::string out;
        write_request_head(*plan, request, out);
        request_head written;
        const auto why = parse_request_head(out, 200, written);
        require(!why);
        require(written.method == head.method && written.framing == head.framing);
        require(written.content_length == head.content_length && written.version == 11);
        require(written.upgrade == head.upgrade);
        for (auto name : {"host", "via", "x-forwarded-for", "x-forwarded-proto", "forwarded",
                          "x-request-id", "traceparent"})
            require(count(written.fields, name) == 1);
        for (auto name : {"keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer",
                          "x-consumer-id", "x-user-id", "tracestate"})
            require(count(written.fields, name) == 0);
        for (const auto& f : written.fields) require(f.name.find('_') == f.name.npos);
        if (!trusted_peer) require(find(written.fields, "x-forwarded-for") == "10.0.0.1");
        // What is neither of the connection nor of the gateway arrives as it was sent.
        if (plan == &plain && count(head.fields, "connection") == 0)
            require(count(written.fields, "cookie") == count(head.fields, "cookie"));
    }
}

void forward_response(std::string_view bytes) {
    response_head head;
    if (parse_response_head(bytes, "GET", head)) return;
    outgoing_response response;
    response.head = &head;
    response.request_id = "id";
    response.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    response.framing = head.framing;
    response.content_length = head.content_length;
    response.close = head.framing == body_framing::close;
    std::string out;
    write_response_head(response, out);
    response_head written;
    require(!parse_response_head(out, "GET", written));
    require(written.status == head.status);
    require(written.framing == head.framing && written.content_length == head.content_length);
    require(count(written.fields, "x-request-id") == (head.status >= 200 || head.status == 101));
    require(count(written.fields, "keep-alive") == 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    forward_request(bytes, (data[0] & 1) != 0);
    forward_response(bytes);
    return 0;
}
