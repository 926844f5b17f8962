#include "cluster/certificates.hpp"

#include "base/c_deleter.hpp"
#include "cluster/tls_context.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace thalamus::cluster {

namespace {

namespace fs = std::filesystem;

using base::c_deleter;
using key_ptr = std::unique_ptr<EVP_PKEY, base::c_deleter<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, base::c_deleter<X509_free>>;
using file_ptr = std::unique_ptr<BIO, base::c_deleter<BIO_free>>;

constexpr long day = 24L * 3600;
constexpr long ca_days = 3652, node_days = 730;

struct ca {
    key_ptr key;
    certificate_ptr certificate;
};

/// For calls that fail only if memory or entropy is missing.
void check(bool good) {
    if (!good) throw std::runtime_error("OpenSSL: " + last_tls_error());
}

key_ptr new_key() {
    key_ptr key(EVP_EC_gen("P-256"));
    check(key != nullptr);
    return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, base::c_deleter<X509_EXTENSION_free>> made(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    check(made && X509_add_ext(certificate, made.get(), -1) == 1);
}

certificate_ptr new_certificate(const std::string& name, EVP_PKEY* key, long days) {
    certificate_ptr made(X509_new());
    check(made != nullptr);
    X509* c = made.get();
    std::unique_ptr<BIGNUM, base::c_deleter<BN_free>> serial(BN_new());
    check(serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
          BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(c)) != nullptr);
    check(X509_set_version(c, X509_VERSION_3) == 1 && X509_set_pubkey(c, key) == 1);
    // One day back, because clocks differ.
    check(X509_gmtime_adj(X509_getm_notBefore(c), -day) &&
          X509_gmtime_adj(X509_getm_notAfter(c), days * day));
    check(X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                     0) == 1);
    return made;
}

ca new_ca() {
    ca made{new_key(), nullptr};
    made.certificate = new_certificate("Thalamus cluster CA", made.key.get(), ca_days);
    X509* c = made.certificate.get();
    check(X509_set_issuer_name(c, X509_get_subject_name(c)) == 1);
    add_extension(c, c, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(c, c, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(c, c, NID_subject_key_identifier, "hash");
    check(X509_sign(c, made.key.get(), EVP_sha256()) != 0);
    return made;
}

certificate_ptr new_node_certificate(const std::string& name, EVP_PKEY* key, const ca& issuer) {
    auto made = new_certificate(name, key, node_days);
    X509* c = made.get();
    X509* issuer_certificate = issuer.certificate.get();
    check(X509_set_issuer_name(c, X509_get_subject_name(issuer_certificate)) == 1);
    add_extension(c, issuer_certificate, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(c, issuer_certificate, NID_key_usage, "critical,digitalSignature");
    add_extension(c, issuer_certificate, NID_ext_key_usage,
                  "serverAuth,clientAuth"); // a node is both
    add_extension(c, issuer_certificate, NID_subject_key_identifier, "hash");
    add_extension(c, issuer_certificate, NID_authority_key_identifier, "keyid:always");
    add_extension(c, issuer_certificate, NID_subject_alt_name,
                  "DNS:" + name + ",DNS:localhost,IP:127.0.0.1,IP:::1");
    check(X509_sign(c, issuer.key.get(), EVP_sha256()) != 0);
    return made;
}

std::string trouble_with(const std::string& action, const fs::path& file,
                         const std::string& reason) {
    return action + " " + file.string() + ": " + reason;
}

ca read_ca(const fs::path& certificate, const fs::path& key) {
    ca read;
    file_ptr in(BIO_new_file(certificate.c_str(), "r"));
    if (in) read.certificate.reset(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (!read.certificate)
        throw std::runtime_error(
            trouble_with("cannot use the CA's certificate", certificate, last_tls_error()));
    in.reset(BIO_new_file(key.c_str(), "r"));
    // An empty passphrase, to avoid a prompt at the terminal.
    if (in)
        read.key.reset(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, const_cast<char*>("")));
    if (!read.key)
        throw std::runtime_error(trouble_with("cannot use the CA's key", key, last_tls_error()));
    if (X509_check_private_key(read.certificate.get(), read.key.get()) != 1)
        throw std::runtime_error(trouble_with("cannot use the CA's key", key,
                                              "it is not the key of " + certificate.string()));
    if (X509_check_ca(read.certificate.get()) == 0)
        throw std::runtime_error(trouble_with("cannot use the CA's certificate", certificate,
                                              "it is not a CA certificate"));
    return read;
}

/// Writes a new file; does not overwrite one that appeared meanwhile.
void write_file(const fs::path& path, mode_t mode, const auto& write) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        throw std::runtime_error(
            trouble_with("cannot write", path, std::system_category().message(errno)));
    std::FILE* file = ::fdopen(fd, "w");
    check(file != nullptr);
    file_ptr out(BIO_new_fp(file, BIO_CLOSE));
    check(out != nullptr);
    if (!write(out.get()) || BIO_flush(out.get()) != 1)
        throw std::runtime_error(trouble_with("cannot write", path, last_tls_error()));
}

void write_pair(const fs::path& certificate, X509* c, const fs::path& key, EVP_PKEY* k) {
    write_file(key, 0600, [&](BIO* out) {
        return PEM_write_bio_PrivateKey(out, k, nullptr, nullptr, 0, nullptr, nullptr) == 1;
    });
    write_file(certificate, 0644, [&](BIO* out) { return PEM_write_bio_X509(out, c) == 1; });
}

/// Letters, digits, "-" and "." as in host names, because the name also becomes a file name.
void check_name(const std::string& name) {
    const bool good = !name.empty() && name.size() <= 63 && name != "ca" && name.front() != '.' &&
                      name.front() != '-' &&
                      name.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
                          std::string::npos;
    if (!good)
        throw std::runtime_error("\"" + name +
                                 "\" is not a valid node name here: use at most 63 letters, "
                                 "digits, \"-\" and \".\", other than \"ca\"");
}

void check_absent(const fs::path& file) {
    if (fs::exists(file))
        throw std::runtime_error(file.string() +
                                 " already exists and is not overwritten: remove it first to "
                                 "replace it");
}

} // namespace

std::vector<std::string> make_certificates(const std::string& directory,
                                           const std::vector<std::string>& nodes) {
    const fs::path in(directory);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        check_name(nodes[i]);
        for (std::size_t k = 0; k < i; ++k)
            if (nodes[k] == nodes[i])
                throw std::runtime_error("\"" + nodes[i] + "\" is given twice");
    }
    std::error_code error;
    fs::create_directories(in, error);
    if (error) throw std::runtime_error(trouble_with("cannot create", in, error.message()));
    for (const auto& name : nodes) {
        check_absent(in / (name + ".pem"));
        check_absent(in / (name + ".key"));
    }
    const auto ca_file = in / "ca.pem", ca_key = in / "ca.key";
    if (fs::exists(ca_file) != fs::exists(ca_key))
        throw std::runtime_error((fs::exists(ca_file) ? ca_file : ca_key).string() +
                                 " exists without " +
                                 (fs::exists(ca_file) ? ca_key : ca_file).string() +
                                 ": add the missing file, or use another directory for a new CA");

    std::vector<std::string> made;
    ca issuer;
    if (fs::exists(ca_file)) issuer = read_ca(ca_file, ca_key);
    else {
        issuer = new_ca();
        write_pair(ca_file, issuer.certificate.get(), ca_key, issuer.key.get());
        made.insert(made.end(), {ca_file.string(), ca_key.string()});
    }
    for (const auto& name : nodes) {
        const auto key = new_key();
        const auto certificate = new_node_certificate(name, key.get(), issuer);
        const auto path = in / (name + ".pem"), to_key = in / (name + ".key");
        write_pair(path, certificate.get(), to_key, key.get());
        made.insert(made.end(), {path.string(), to_key.string()});
    }
    return made;
}

} // namespace thalamus::cluster
