#include "config/cluster_description.hpp"
#include "config/sections.hpp"
#include "config/substitute.hpp"

#include <tuple>
#include <utility>

namespace thalamus::config {

namespace {

constexpr std::uint16_t default_port = 7946;

/// The path of a readable PEM file that contains a block of the given kind.
std::optional<std::string> read_pem(reader& in, const cursor& at, const std::string& kind) {
    const auto name = in.text(at);
    if (!name) return std::nullopt;
    auto path = path_beside(in.place_of(at).file, *name);
    const auto content = name->find('\0') == name->npos ? in.env().read_file(path) : std::nullopt;
    if (!content)
        in.fail(at, "the file " + in.shown(at) + " cannot be read",
                "a relative path starts at the folder of this configuration file");
    else if (content->find(kind + "-----") == content->npos)
        in.fail(at, "the file " + in.shown(at) + " contains no " + to_lower(kind),
                "name a PEM file that contains \"BEGIN " + kind + "\"");
    return path;
}

void check_tls(block& from, const cluster_settings& cluster) {
    const auto ip = to_ip(cluster.bind.host);
    if (cluster.tls || !ip || is_loopback(*ip)) return;
    from.in().fail(from.find("tls").value_or(from.at()),
                   "the cluster port needs tls on " + to_text(cluster.bind),
                   "make certificates with \"thalamus certs DIR NODE...\" and name them under tls, "
                   "or bind to 127.0.0.1:" +
                       std::to_string(cluster.bind.port));
}

void check_times(block& from, const cluster_settings& cluster) {
    auto& in = from.in();
    const auto& [heartbeat, suspect_after, dead_after] =
        std::tie(cluster.heartbeat, cluster.suspect_after, cluster.dead_after);
    // Report at a value that is in the file: a default has no location.
    const auto blame = [&](std::string_view first, std::string_view second) {
        auto found = from.find(first);
        if (!found) found = from.find(second);
        return found.value_or(from.at());
    };
    if (suspect_after < 2 * heartbeat)
        in.fail(blame("suspect_after", "heartbeat"),
                "suspect_after (" + to_text(suspect_after) + ") is less than two heartbeats of " +
                    to_text(heartbeat),
                "one lost heartbeat is not a failure: set suspect_after to at least " +
                    to_text(2 * heartbeat));
    if (dead_after <= suspect_after)
        in.fail(blame("dead_after", "suspect_after"),
                "dead_after (" + to_text(dead_after) + ") is not greater than suspect_after (" +
                    to_text(suspect_after) + ")",
                "a suspect needs time to respond: as in dead_after: " + to_text(3 * suspect_after));
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

std::optional<std::string> read_certificate_path(reader& in, const cursor& at) {
    return read_pem(in, at, "CERTIFICATE");
}

std::optional<std::string> read_private_key_path(reader& in, const cursor& at) {
    return read_pem(in, at, "PRIVATE KEY");
}

std::optional<std::vector<endpoint>> read_seeds(reader& in, const cursor& at) {
    return read_each<endpoint>(in.list(at, "as in [\"gateway:7946\"]"), [&](const cursor& element) {
        return read_server(in, element, default_port);
    });
}

void read_cluster(block& top, snapshot& into) {
    const auto found = top.find("cluster");
    if (!found || top.in().is_off(*found)) return;
    auto& cluster = into.cluster.emplace();
    block from(top.in(), *found, "as in cluster: {seeds: [\"gateway:7946\"]}");
    if (found->value->type != node::kind::mapping) return;
    const auto default_bind = std::exchange(cluster.bind, {});
    describe(from, cluster);
    const bool is_read = !cluster.bind.host.empty();
    if (!is_read) cluster.bind = default_bind;
    // A malformed address has been reported. It is unknown whether it needs tls: assume no.
    if (is_read || !from.find("bind")) {
        check_tls(from, cluster);
        check_port(from, into);
    }
    check_times(from, cluster);
    from.finish();
}

void write_cluster(block_writer& top, const snapshot& from) {
    top.optional("cluster", from.cluster);
}

} // namespace thalamus::config
