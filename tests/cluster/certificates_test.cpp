#include "cluster/certificates.hpp"

#include "cluster/tls_context.hpp"
#include "tests/cluster/running_node.hpp"
#include "tests/support/process.hpp"

#include <fstream>
#include <sys/stat.h>

namespace thalamus::cluster::test::certificates_test {
namespace {

std::string trouble(const std::string& directory, const std::vector<std::string>& nodes) {
    try {
        make_certificates(directory, nodes);
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "made";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(certificates, are_what_openssl_takes_for_both_sides_of_a_connection) {
    const certificates made({"node-1"});
    for (const std::string purpose : {"sslserver", "sslclient"}) {
        const auto verdict = thalamus::test::run({"openssl", "verify", "-x509_strict", "-purpose",
                                                  purpose, "-verify_hostname", "node-1", "-CAfile",
                                                  made / "ca.pem", made / "node-1.pem"});
        EXPECT_EQ(verdict.exit, 0) << verdict.error;
    }
    const auto ip = thalamus::test::run({"openssl", "verify", "-verify_ip", "::1", "-CAfile",
                                         made / "ca.pem", made / "node-1.pem"});
    EXPECT_EQ(ip.exit, 0) << ip.error;
}

TEST(certificates, last_for_years) {
    const certificates made({"node-1"});
    const auto lasts = [&](const std::string& file, int days) {
        return thalamus::test::run({"openssl", "x509", "-noout", "-checkend",
                                    std::to_string(days * 86400), "-in", made / file})
                   .exit == 0;
    };
    EXPECT_TRUE(lasts("ca.pem", 3650));
    EXPECT_FALSE(lasts("ca.pem", 3660));
    EXPECT_TRUE(lasts("node-1.pem", 729));
    EXPECT_FALSE(lasts("node-1.pem", 731));
}

TEST(certificates, keys_are_for_their_owner_only) {
    const certificates made({"node-1"});
    for (const auto* file : {"ca.key", "node-1.key"}) {
        struct stat s {};
        ASSERT_EQ(::stat((made / file).c_str(), &s), 0);
        EXPECT_EQ(s.st_mode & 0777, 0600u) << file;
    }
}

TEST(certificates, of_nodes_made_later_come_from_the_same_ca) {
    const certificates made({"a"});
    EXPECT_EQ(make_certificates(made / "", {"b"}).size(), 2u);
    running_node a("a", {}, made.of("a"));
    running_node b("b", {a.port()}, made.of("b"));
    EXPECT_TRUE(a.sees(2) && b.sees(2));
}

TEST(certificates, nothing_is_overwritten) {
    const certificates made({"a"});
    EXPECT_TRUE(contains(trouble(made / "", {"b", "a"}), "a.pem already exists"));
    EXPECT_FALSE(std::filesystem::exists(made / "b.pem"));
}

TEST(certificates, names_that_are_no_names_are_refused) {
    const certificates made({"a"});
    for (const std::string name : {"", "ca", "../x", "x/y", ".x", "-x", "x y", "x,DNS:y"})
        EXPECT_TRUE(contains(trouble(made / "", {name}), "is not a valid node name")) << name;
    EXPECT_TRUE(contains(trouble(made / "", {"b", "b"}), "given twice"));
}

TEST(certificates, half_a_ca_or_what_is_none_is_refused) {
    const certificates made({"a"}), others({"a"});
    std::filesystem::copy_file(others / "ca.key", made / "ca.key",
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_TRUE(contains(trouble(made / "", {"b"}), "it is not the key of"));
    std::ofstream(made / "ca.key") << "rubbish";
    EXPECT_TRUE(contains(trouble(made / "", {"b"}), "cannot use the CA's key"));
    std::filesystem::remove(made / "ca.key");
    EXPECT_TRUE(contains(trouble(made / "", {"b"}), "add the missing file"));
    std::filesystem::copy_file(others / "a.pem", others / "ca.pem",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(others / "a.key", others / "ca.key",
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_TRUE(contains(trouble(others / "", {"b"}), "it is not a CA certificate"));
    EXPECT_TRUE(contains(trouble("/proc/none", {"b"}), "cannot create /proc/none"));
}

} // namespace
} // namespace thalamus::cluster::test::certificates_test
