#include "policies/auth/jwk.hpp"

#include "base/base64url.hpp"
#include "base/c_deleter.hpp"
#include "base/json_object.hpp"
#include "policies/auth/rsa_weakness.hpp"
#include "policies/auth/signature.hpp"

#include <fmt/core.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace thalamus::auth {

namespace {

using base::c_deleter;
using nlohmann::json;
using bignum = std::unique_ptr<BIGNUM, base::c_deleter<BN_free>>;
using param_builder = std::unique_ptr<OSSL_PARAM_BLD, base::c_deleter<OSSL_PARAM_BLD_free>>;
using params = std::unique_ptr<OSSL_PARAM, base::c_deleter<OSSL_PARAM_free>>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, base::c_deleter<EVP_PKEY_CTX_free>>;

constexpr int least_rsa_bits = 2048, most_rsa_bits = 8192;

struct curve {
    std::string_view name, group;
    std::size_t bytes; // length of a coordinate
    algorithm id;
};
constexpr curve curves[] = {{"P-256", "prime256v1", 32, algorithm::es256},
                            {"P-384", "secp384r1", 48, algorithm::es384},
                            {"P-521", "secp521r1", 66, algorithm::es512}};

struct refused {
    std::string reason;
};

/// A member that must be a string; empty if absent.
std::string text_of(const json& jwk, const char* name) {
    const auto found = jwk.find(name);
    if (found == jwk.end()) return {};
    if (!found->is_string()) throw refused{fmt::format("{} is not a string", name)};
    return found->get<std::string>();
}

std::string bytes_of(const json& jwk, const char* name) {
    auto bytes = base::decode_base64url(text_of(jwk, name));
    if (!bytes || bytes->empty()) throw refused{fmt::format("{} is not a base64url value", name)};
    return std::move(*bytes);
}

bignum number_of(const json& jwk, const char* name) {
    const auto bytes = bytes_of(jwk, name);
    return bignum(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                            static_cast<int>(bytes.size()), nullptr));
}

param_builder new_builder() {
    param_builder made(OSSL_PARAM_BLD_new());
    if (!made) throw std::bad_alloc();
    return made;
}

std::shared_ptr<EVP_PKEY> make_key(const char* type, OSSL_PARAM_BLD* builder) {
    const params list(OSSL_PARAM_BLD_to_param(builder));
    const key_context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* made = nullptr;
    if (!list || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, list.get()) != 1)
        throw refused{"its values do not form a valid key"};
    std::shared_ptr<EVP_PKEY> key(made, EVP_PKEY_free);
    const key_context check(EVP_PKEY_CTX_new_from_pkey(nullptr, made, nullptr));
    if (!check || EVP_PKEY_public_check(check.get()) != 1)
        throw refused{"its values do not form a valid key"};
    return key;
}

/// What a token selects a key by: kid, type and algorithm.
using identity = std::tuple<std::string, std::string, std::string>;

/// Nothing for keys without a kid, for encryption, or of a type that cannot be confused with ours.
std::optional<identity> identity_of(const json& jwk) {
    const auto text = [&](const char* name) {
        const auto found = jwk.is_object() ? jwk.find(name) : jwk.end();
        return found != jwk.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const auto type = text("kty");
    const bool known = type == "RSA" || type == "EC" || type == "OKP" || type == "oct";
    if (!known || text("kid").empty() || text("use") == "enc") return std::nullopt;
    return identity{text("kid"), type, text("alg")};
}

} // namespace

struct jwk_reader {
    const json& jwk;
    verification_key& key;

    void rsa() {
        const auto n = number_of(jwk, "n"), e = number_of(jwk, "e");
        if (BN_num_bits(n.get()) < least_rsa_bits)
            throw refused{fmt::format("an RSA key of {} bits is too short: at least {}",
                                      BN_num_bits(n.get()), least_rsa_bits)};
        if (BN_num_bits(n.get()) > most_rsa_bits)
            throw refused{fmt::format("an RSA key of {} bits is too long: at most {}",
                                      BN_num_bits(n.get()), most_rsa_bits)};
        // With exponent 1 anyone can sign; a long one makes verifying as expensive as signing.
        if (!BN_is_odd(e.get()) || BN_is_one(e.get()) || BN_num_bits(e.get()) > 33)
            throw refused{"its public exponent cannot be used: 65537 is usual"};
        if (made_by_infineon(n.get()))
            throw refused{"it can be factored (ROCA, CVE-2017-15361): replace it"};
        const auto builder = new_builder();
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
        key.public_ = make_key("RSA", builder.get());
        using enum algorithm;
        key.for_ = {rs256, rs384, rs512, ps256, ps384, ps512};
    }

    void elliptic() {
        const auto name = text_of(jwk, "crv");
        const auto found = std::ranges::find(curves, name, &curve::name);
        if (found == std::end(curves))
            throw refused{fmt::format("the curve {} is not one of P-256, P-384, P-521", name)};
        const auto x = bytes_of(jwk, "x"), y = bytes_of(jwk, "y");
        if (x.size() != found->bytes || y.size() != found->bytes)
            throw refused{fmt::format("a coordinate does not have the length for {}", name)};
        const auto point = '\4' + x + y;
        const auto builder = new_builder();
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                        found->group.data(), found->group.size());
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size());
        key.public_ = make_key("EC", builder.get());
        key.for_ = {found->id};
    }

    void edwards() {
        const auto name = text_of(jwk, "crv");
        if (name != "Ed25519" && name != "Ed448")
            throw refused{fmt::format("the curve {} is not one of Ed25519, Ed448", name)};
        const auto x = bytes_of(jwk, "x");
        if (x.size() != (name == "Ed25519" ? 32u : 57u))
            throw refused{fmt::format("x does not have the length for {}", name)};
        auto* const made = EVP_PKEY_new_raw_public_key_ex(
            nullptr, name.c_str(), nullptr, reinterpret_cast<const unsigned char*>(x.data()),
            x.size());
        if (!made) throw refused{"its values do not form a valid key"};
        key.public_ = std::shared_ptr<EVP_PKEY>(made, EVP_PKEY_free);
        key.for_ = {algorithm::eddsa};
    }

    void secret() {
        key.secret_ = bytes_of(jwk, "k");
        for (const auto a : {algorithm::hs256, algorithm::hs384, algorithm::hs512})
            if (key.secret_.size() * 8 >= traits_of(a).bits) key.for_.push_back(a);
        if (key.for_.empty()) // RFC 7518 section 3.2
            throw refused{
                fmt::format("a secret of {} bytes is too short: at least 32", key.secret_.size())};
    }

    void purpose() {
        if (const auto use = text_of(jwk, "use"); !use.empty() && use != "sig")
            throw refused{fmt::format("its use is {}, not sig", use)};
        if (const auto ops = jwk.find("key_ops"); ops != jwk.end()) {
            if (!ops->is_array() || std::ranges::find(*ops, json("verify")) == ops->end())
                throw refused{"its key_ops do not include verify"};
        }
        const auto name = text_of(jwk, "alg");
        if (name.empty()) return;
        const auto only = algorithm_named(name);
        if (!only || std::ranges::find(key.for_, *only) == key.for_.end())
            throw refused{fmt::format("its alg is {}, which does not fit the key", name)};
        key.for_ = {*only};
    }

    void read() {
        const auto type = text_of(jwk, "kty");
        key.kid_ = text_of(jwk, "kid");
        if (type == "RSA") rsa();
        else if (type == "EC") elliptic();
        else if (type == "OKP") edwards();
        else if (type == "oct") secret();
        else throw refused{fmt::format("its kty is {}, not one of RSA, EC, OKP, oct", type)};
        purpose();
    }
};

std::variant<verification_key, std::string> verification_key::parse(const json& jwk) {
    if (!jwk.is_object()) return "it is not an object";
    verification_key made;
    try {
        jwk_reader{jwk, made}.read();
    } catch (const refused& error) {
        ERR_clear_error(); // must not look like an error of a TLS connection
        return error.reason;
    }
    return made;
}

bool verification_key::fits(algorithm a) const { return std::ranges::find(for_, a) != for_.end(); }

bool verification_key::verify(algorithm a, std::string_view text,
                              std::string_view signature) const {
    return symmetric() ? is_mac(a, secret_, text, signature)
                       : is_signature(a, *public_, text, signature);
}

std::vector<const verification_key*> key_set::find(std::string_view kid, algorithm a) const {
    std::vector<const verification_key*> named, unnamed;
    for (const auto& key : keys) {
        if (!key.fits(a)) continue;
        if (kid.empty() || key.kid() == kid) named.push_back(&key);
        else if (key.kid().empty()) unnamed.push_back(&key);
    }
    return named.empty() ? unnamed : named;
}

std::variant<key_set, std::string> parse_key_set(std::string_view text) {
    if (text.size() > longest_key_set) return "it is longer than 1 MiB";
    const auto all = base::parse_object(text);
    if (!all) return "it is not a JSON object, or has a duplicate name";
    const auto keys = all->find("keys");
    if (keys == all->end() || !keys->is_array()) return "it has no array named keys";
    if (keys->size() > most_keys) return fmt::format("it has more than {} keys", most_keys);
    key_set made;
    const auto name = [](const std::string& kid) { return kid.empty() ? "without kid" : kid; };
    struct candidate {
        verification_key key;
        std::optional<identity> id;
    };
    std::vector<candidate> candidates;
    // Includes keys that are left out: a token may refer to one of them.
    std::map<identity, int> named;
    std::set<json> seen;
    for (const auto& jwk : *keys) {
        if (!seen.insert(jwk).second) continue; // an exact duplicate
        auto id = identity_of(jwk);
        if (id) ++named[*id];
        auto key = verification_key::parse(jwk);
        if (auto* const reason = std::get_if<std::string>(&key)) {
            const auto kid = jwk.is_object() ? jwk.value("kid", json()) : json();
            made.left_out.push_back(fmt::format(
                "key {}: {}", name(kid.is_string() ? kid.get<std::string>() : ""), *reason));
        } else candidates.push_back({std::get<verification_key>(std::move(key)), std::move(id)});
    }
    const bool published = std::ranges::any_of(
        candidates, [](const auto& candidate) { return !candidate.key.symmetric(); });
    for (auto& [key, id] : candidates) {
        if (key.symmetric() && published)
            made.left_out.push_back(
                fmt::format("key {}: a secret among public keys", name(key.kid())));
        else if (id && named[*id] > 1)
            made.left_out.push_back(fmt::format("key {}: another key has this kid", key.kid()));
        else made.keys.push_back(std::move(key));
    }
    std::string listed; // sorted: independent of the order in the document
    for (const auto& jwk : seen)
        listed += jwk.dump(-1, ' ', false, json::error_handler_t::replace) += '\n';
    made.fingerprint = base::sha256(listed);
    return made;
}

} // namespace thalamus::auth
