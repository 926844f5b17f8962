#pragma once
// A configuration with a cluster whose certificates are there.

#include "tests/config/problem_rows.hpp"

namespace thalamus::config {

inline const std::string certificate = "-----BEGIN CERTIFICATE-----\n";
inline const std::string key = "-----BEGIN PRIVATE KEY-----\n";
inline const std::string tls_block = "{certificate: node.pem, key: node.key, ca: ca.pem}";

/// The members of `cluster` start at line 2, column 11.
inline memory with_files(const std::string& members) {
    return {{{"gateway.yaml", a_route + "cluster: {" + members + "}\n"},
             {"node.pem", certificate},
             {"node.key", key},
             {"ca.pem", certificate}},
            {}};
}

} // namespace thalamus::config
