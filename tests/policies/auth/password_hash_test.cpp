// What may be a hash of a password (config/password_hash.hpp), and that crypt(3) can check each of
// these.

#include "config/password_hash.hpp"
#include "policies/auth/password_hash.hpp"

#include <gtest/gtest.h>

namespace thalamus::auth::password_hash_test {
namespace {

using verdict = password_verdict;

/// Of "correct horse".
const std::string hashes[] = {
    "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
    "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$y$j75$abcdefghijklm0$NJrDx9iVv//iqISwd1mnYH7OFYYBA.rAkGYavckTst0",
    "$gy$j75$abcdefghijklm0$Y3ObZqTI9YRyFxZsdFaIAOYE3pyMwZB6Oh14TB.zlp5",
    "$7$8U..../....abcdefgh$3Uxoc7cyXqa.OIDHpNtLPDS1t0XC5sH4yiFOi6OHA50",
    "$6$rounds=1000$saltsalt$4GMtaIz3E1AdDi2SmCokEW0ehi."
    "HdxNDcL3fGE1XXuzvo6kbx7UOloZKONqEk5H3JrQA4NO"
    "fU8BmqFPrpGqwA1",
    "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
};

TEST(password_hash, tells_the_right_password_from_others) {
    for (const auto& hash : hashes) {
        EXPECT_EQ(check_password("correct horse", hash), verdict::right) << hash;
        EXPECT_EQ(check_password("correct Horse", hash), verdict::wrong) << hash;
        EXPECT_EQ(check_password("", hash), verdict::wrong) << hash;
        EXPECT_EQ(check_password(std::string("correct horse\0", 14), hash), verdict::wrong) << hash;
    }
}

TEST(password_hash, takes_the_longest_password_that_a_client_may_send) {
    const std::string longest(config::longest_password, 'x');
    for (const auto& hash : hashes)
        EXPECT_EQ(check_password(longest, hash), verdict::wrong) << hash;
}

TEST(password_hash, that_crypt_does_not_know_is_neither_right_nor_wrong) {
    EXPECT_EQ(check_password("a", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"), verdict::unable);
    EXPECT_EQ(check_password("a", ""), verdict::unable);
    EXPECT_EQ(check_password("*0", "*0"), verdict::unable);
}

TEST(password_hash, is_taken_by_the_configuration_if_it_can_be_checked) {
    for (const auto& hash : hashes) EXPECT_FALSE(config::password_hash_fault(hash)) << hash;
    for (const auto& hash : hashes)
        for (const auto& damaged : {hash + "a", hash.substr(0, hash.size() - 1),
                                    hash.substr(0, hash.size() - 1) + "!", hash + "\n"})
            EXPECT_TRUE(config::password_hash_fault(damaged)) << damaged;
}

/// What is told instead of a hash: the message up to its first colon.
std::string fault_of(const std::string& hash) {
    const auto fault = config::password_hash_fault(hash);
    if (!fault) return "";
    EXPECT_FALSE(fault->hint.empty());
    EXPECT_EQ((fault->message + fault->hint).find("abcdefgh"), std::string::npos) << "is shown";
    return fault->message.substr(0, fault->message.find(':'));
}

TEST(password_hash, of_a_weak_method_is_refused) {
    const std::string md5 = "an MD5 hash does not protect a password";
    EXPECT_EQ(fault_of("$apr1$abcdefgh$abcdefghijklmnopqrstuv"), md5);
    EXPECT_EQ(fault_of("$1$abcdefgh$abcdefghijklmnopqrstuv"), md5);
    EXPECT_EQ(fault_of("{SHA}abcdefghijklmnopqrstuvwxyzA="),
              "a SHA-1 hash does not protect a password");
    for (const auto* text : {"abcdefghijklm", "correct horse", "$3$$abcdefghijklmnop", "*", "$"})
        EXPECT_EQ(fault_of(text), "this is not a bcrypt, yescrypt, gost-yescrypt, scrypt, "
                                  "sha512crypt or sha256crypt hash");
    EXPECT_EQ(fault_of("$2x$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
              "$2x$ marks hashes from a bcrypt that mishandled some characters");
}

TEST(password_hash, whose_check_would_take_too_long_or_too_much_is_refused) {
    const auto bcrypt = [](const std::string& cost) {
        return fault_of("$2b$" + cost + "$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e");
    };
    EXPECT_EQ(bcrypt("14"), "");
    for (const auto* cost : {"15", "31"})
        EXPECT_EQ(bcrypt(cost), "each check of this bcrypt hash would take seconds");
    for (const auto* cost : {"03", "32", "5", "005", "-5"})
        EXPECT_EQ(bcrypt(cost), "this is not a valid bcrypt hash");

    const auto sha = [](const std::string& rounds) {
        return fault_of("$5$rounds=" + rounds +
                        "$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/");
    };
    EXPECT_EQ(sha("1000000"), "");
    EXPECT_EQ(sha("1000001"), "each check of this sha256crypt hash would take seconds");
    for (const auto* rounds : {"999", "01000", "", "1000000000000000000000"})
        EXPECT_EQ(sha(rounds), "this is not a valid sha256crypt hash");

    const auto too_much = [](const std::string& method) {
        return "each check of this " + method +
               " hash would take more than 64 MiB or too much time";
    };
    const auto yescrypt = [](const std::string& parameters) {
        return fault_of("$y$" + parameters +
                        "$abcdefghijklm0$NJrDx9iVv//iqISwd1mnYH7OFYYBA.rAkGYavckTst0");
    };
    for (const auto* parameters : {"j9T", "jBT"}) EXPECT_EQ(yescrypt(parameters), "");
    for (const auto* parameters : {"jCT", "jjj"})
        EXPECT_EQ(yescrypt(parameters), too_much("yescrypt"));
    for (const auto* parameters : {"j9", "j9TT", "k9T", "jk5", "j7k", "j.5", "", "j9:"})
        EXPECT_EQ(yescrypt(parameters), "this is not a valid yescrypt hash");

    const auto scrypt = [](const std::string& parameters) {
        return fault_of("$7$" + parameters +
                        "abcdefgh$3Uxoc7cyXqa.OIDHpNtLPDS1t0XC5sH4yiFOi6OHA50");
    };
    EXPECT_EQ(scrypt("CU..../...."), "") << "what mkpasswd makes";
    for (const auto* parameters : {"DU..../....", "zzzzzzzzzzz", "CU....0....", "CzzzzzU...."})
        EXPECT_EQ(scrypt(parameters), too_much("scrypt"));
    for (const auto* parameters : {"C...../....", "CU.........", ".U..../...."})
        EXPECT_EQ(scrypt(parameters), "this is not a valid scrypt hash");
}

TEST(password_hash, that_crypt_would_write_otherwise_or_not_at_all_is_refused) {
    // Bits beyond the salt.
    EXPECT_TRUE(config::password_hash_fault(
        "$2b$04$abcdefghijklmnopqrstuvjydOTSfIH/d5oUHpsygqV5X9xJLQc6e"));
    for (const auto* salt : {"abcdefghijklmz", "abcdefghi", "abcdefghijkl!0"})
        EXPECT_TRUE(config::password_hash_fault(std::string("$y$j75$") + salt +
                                                "$NJrDx9iVv//iqISwd1mnYH7OFYYBA.rAkGYavckTst0"))
            << salt;
    for (const auto* salt : {"", "abcdefghijklmnopq", "ab cd"})
        EXPECT_TRUE(config::password_hash_fault(std::string("$5$") + salt +
                                                "$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/"))
            << salt;
}

} // namespace
} // namespace thalamus::auth::password_hash_test
