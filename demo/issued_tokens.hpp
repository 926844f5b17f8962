#pragma once
// The issued tokens of an identity provider that are still valid, for introspection.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace thalamus::demo {

/// Bounded: if it is full, the token that would expire first is dropped. Times are seconds since
/// 1970.
class issued_tokens {
public:
    /// @pre most > 0
    explicit issued_tokens(std::size_t most) : most_(most) {}

    /// The token expires at its claim `exp` (an integer). `kid` names the key that signed it; empty
    /// if it is not signed.
    void add(std::string text, nlohmann::json claims, std::string kid, std::int64_t now);
    /// The claims of a token; null if it is unknown, expired or revoked. Valid until the next
    /// change.
    const nlohmann::json* find(const std::string& text, std::int64_t now) const;
    /// False if the token is unknown.
    bool revoke(const std::string& text);
    /// Drops tokens that were signed by other keys than these.
    void keep_signed_by(const std::set<std::string>& kids);
    std::size_t size() const { return by_text_.size(); }

private:
    struct entry {
        nlohmann::json claims;
        std::string kid;
        std::int64_t end = 0;
    };
    using entries = std::map<std::string, entry>;
    entries::iterator erase(entries::iterator token);

    std::size_t most_;
    entries by_text_;
    std::set<std::pair<std::int64_t, std::string_view>> by_end_; ///< texts are keys of by_text_
};

} // namespace thalamus::demo
