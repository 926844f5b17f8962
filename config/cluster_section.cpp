#include "config/addresses.hpp"
#include "config/sections.hpp"
#include "config/substitute.hpp"

namespace thalamus::config {

namespace {

constexpr std::uint16_t default_port = 7946;

/// The path of a readable PEM file that contains a block of the given kind.
void read_pem(block& from, std::string_view key, std::string_view kind, std::string& into) {
    auto& in = from.in();
    const auto found = from.find(key);
    if (!found)
        return from.missing(key,
                            "tls needs certificate, key and ca; \"thalamus certs\" creates them");
    const auto name = in.text(*found);
    if (!name) return;
    into = path_beside(in.place_of(*found).file, *name);
    const auto content = name->find('\0') == name->npos ? in.env().read_file(into) : std::nullopt;
    if (!content)
        in.fail(*found, "the file " + in.shown(*found) + " cannot be read",
                "a relative path starts at the folder of this configuration file");
    else if (content->find(std::string(kind).append("-----")) == content->npos)
        in.fail(*found, "the file " + in.shown(*found) + " contains no " + to_lower(kind),
                "name a PEM file that contains \"BEGIN " + std::string(kind) + "\"");
}

void read_seeds(block& from, std::vector<endpoint>& into) {
    auto& in = from.in();
    const auto found = from.find("seeds");
    const auto elements = found ? in.list(*found, "as in [\"gateway:7946\"]") : std::nullopt;
    for (const auto& element : elements.value_or(std::vector<cursor>{}))
        if (auto seed = read_server(in, element, default_port)) into.push_back(std::move(*seed));
}

void read_tls(block& from, cluster_settings& into) {
    auto& in = from.in();
    const auto found = from.find("tls");
    if (found && !in.is_off(*found)) {
        block tls(in, *found, "as in tls: {certificate: node.pem, key: node.key, ca: ca.pem}");
        auto& files = into.tls.emplace();
        read_pem(tls, "certificate", "CERTIFICATE", files.certificate);
        read_pem(tls, "key", "PRIVATE KEY", files.key);
        read_pem(tls, "ca", "CERTIFICATE", files.ca);
        tls.finish();
        return;
    }
    const auto ip = to_ip(into.bind.host);
    if (ip && !is_loopback(*ip))
        in.fail(found ? *found : from.at(), "the cluster port needs tls on " + to_text(into.bind),
                "make certificates with \"thalamus certs DIR NODE...\" and name them under tls, or "
                "bind to 127.0.0.1:" +
                    std::to_string(into.bind.port));
}

void read_times(block& from, cluster_settings& into) {
    auto& in = from.in();
    from.duration("heartbeat", into.heartbeat, milliseconds(50));
    from.duration("suspect_after", into.suspect_after);
    from.duration("dead_after", into.dead_after);
    // Report at a value that is in the file: a default has no location.
    const auto blame = [&](std::string_view first, std::string_view second) {
        auto found = from.find(first);
        if (!found) found = from.find(second);
        return found.value_or(from.at());
    };
    if (into.suspect_after < 2 * into.heartbeat)
        in.fail(blame("suspect_after", "heartbeat"),
                "suspect_after (" + to_text(into.suspect_after) +
                    ") is less than two heartbeats of " + to_text(into.heartbeat),
                "one lost heartbeat is not a failure: set suspect_after to at least " +
                    to_text(2 * into.heartbeat));
    if (into.dead_after <= into.suspect_after)
        in.fail(blame("dead_after", "suspect_after"),
                "dead_after (" + to_text(into.dead_after) +
                    ") is not greater than suspect_after (" + to_text(into.suspect_after) + ")",
                "a suspect needs time to respond: as in dead_after: " +
                    to_text(3 * into.suspect_after));
}

/// Clients must not reach the cluster, nor the cluster the admin port.
void check_port(block& from, const snapshot& all) {
    auto& in = from.in();
    const auto& bind = all.cluster->bind;
    const auto refuse = [&](const std::string& owner, const endpoint& other) {
        in.fail(from.find("bind").value_or(from.at()),
                to_text(bind) + " is taken by " + owner + " " + to_text(other),
                "give the cluster its own port");
    };
    for (const auto& listener : all.listen)
        if (overlap(listener.bind, bind)) return refuse("the listener", listener.bind);
    if (overlap(all.admin.bind, bind)) refuse("the admin port", all.admin.bind);
}

} // namespace

void read_cluster(block& top, snapshot& into) {
    auto& in = top.in();
    const auto found = top.find("cluster");
    if (!found || in.is_off(*found)) return;
    auto& cluster = into.cluster.emplace();
    block from(in, *found, "as in cluster: {seeds: [\"gateway:7946\"]}");
    if (found->value->type != node::kind::mapping) return;
    const bool bound = from.find("bind").has_value();
    const auto bind = read_bind(from);
    if (bind) cluster.bind = *bind;
    read_seeds(from, cluster.seeds);
    // A malformed address has been reported. It is unknown whether it needs tls: assume no.
    if (bound && !bind) cluster.bind.host = "127.0.0.1";
    read_tls(from, cluster);
    if (bind || !bound) check_port(from, into);
    read_times(from, cluster);
    from.finish();
}

} // namespace thalamus::config
