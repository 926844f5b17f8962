#include "config/gateway_description.hpp"
#include "config/sections.hpp"

#include <algorithm>

namespace thalamus::config {

void read_listen(reader& in, const cursor& at, std::vector<listen_settings>& into) {
    into.clear();
    const std::string example = "as in [{bind: \"0.0.0.0:8080\"}]";
    const auto elements = in.list_with_elements(at, example, "no listener");
    for (const auto& element : elements.value_or(std::vector<cursor>{})) {
        listen_settings read;
        block listener(in, element, "as in {bind: \"0.0.0.0:8080\"}");
        describe(listener, read);
        listener.finish();
        if (read.bind.host.empty()) continue; // reported already
        for (const auto& other : into)
            if (overlap(other.bind, read.bind)) {
                in.fail(element,
                        to_text(read.bind) + " is taken by the listener " + to_text(other.bind),
                        "give each its own port");
                break;
            }
        into.push_back(std::move(read));
    }
}

void write_listen(block_writer& out, std::string_view key,
                  const std::vector<listen_settings>& from) {
    out.objects(key, from, [](block_writer& listener, const listen_settings& each) {
        listener.members(each);
    });
}

void read_admin(block& top, snapshot& all) {
    auto& in = top.in();
    auto& into = all.admin;
    const auto found = top.find("admin");
    if (found && in.is_off(*found)) {
        in.fail(*found, "the admin port cannot be switched off", "leave it on a loopback address");
        return;
    }
    cursor blame{top.at().value, nullptr, "admin"};
    if (found) {
        block admin(in, *found);
        describe(admin, into);
        admin.finish();
        blame = admin.find("token").value_or(*found);
    }
    constexpr std::size_t shortest_token = 16;
    const auto ip = to_ip(into.bind.host);
    if (ip && !is_loopback(*ip) && into.token.size() < shortest_token)
        in.fail(blame, "the admin port needs a token on " + to_text(into.bind),
                "set token to at least 16 characters, or bind to 127.0.0.1:" +
                    std::to_string(into.bind.port));
    if (!std::all_of(into.token.begin(), into.token.end(),
                     [](char c) { return c > ' ' && c < 0x7F; }))
        in.fail(blame, "the token contains characters that a header cannot carry",
                "use visible ASCII characters without spaces");
    for (const auto& listener : all.listen)
        if (overlap(listener.bind, into.bind)) {
            in.fail(found ? *found : blame,
                    to_text(into.bind) + " is taken by the listener " + to_text(listener.bind),
                    "give the admin port its own port: clients must not reach it");
            break;
        }
}

void write_admin(block_writer& top, const snapshot& from) { top.nested("admin", from.admin); }

void read_gateway(block& top, snapshot& into) {
    const auto& env = top.in().env();
    into.node.reactors = std::clamp(env.cores, 1u, 256u);
    into.node.name = env.variable("HOSTNAME").value_or("");
    if (!is_name(into.node.name)) into.node.name = "node-1";
    describe(top, into);
}

void write_gateway(block_writer& top, const snapshot& from) { top.members(from); }

} // namespace thalamus::config
