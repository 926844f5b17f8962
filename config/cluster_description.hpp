#pragma once
// The keys of cluster. Private to config/.

#include "config/notations.hpp"

namespace thalamus::config {

/// Paths of readable PEM files.
std::optional<std::string> read_certificate_path(reader& in, const cursor& at);
std::optional<std::string> read_private_key_path(reader& in, const cursor& at);
std::optional<std::vector<endpoint>> read_seeds(reader& in, const cursor& at);

inline constexpr notation<std::string> certificate_path{read_certificate_path, as_is};
inline constexpr notation<std::string> private_key_path{read_private_key_path, as_is};
inline constexpr list_notation<endpoint> seed_list{read_seeds, to_text};

template <class Block>
void describe(Block& tls, tls_files& into) {
    const auto all = "tls needs certificate, key and ca; \"thalamus certs\" creates them";
    tls.value("certificate", into.certificate, certificate_path, all);
    tls.value("key", into.key, private_key_path, all);
    tls.value("ca", into.ca, certificate_path, all);
}

template <class Block>
void describe(Block& cluster, cluster_settings& into) {
    cluster.value("bind", into.bind, bind_address);
    cluster.list("seeds", into.seeds, seed_list);
    cluster.optional("tls", into.tls,
                     "as in tls: {certificate: node.pem, key: node.key, ca: ca.pem}");
    cluster.duration("heartbeat", into.heartbeat, milliseconds(50));
    cluster.duration("suspect_after", into.suspect_after);
    cluster.duration("dead_after", into.dead_after);
}

} // namespace thalamus::config
