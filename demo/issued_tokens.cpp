#include "demo/issued_tokens.hpp"

namespace thalamus::demo {

void issued_tokens::add(std::string text, nlohmann::json claims, std::string kid,
                        std::int64_t now) {
    while (!by_end_.empty() && (by_end_.begin()->first <= now || by_end_.size() >= most_))
        revoke(std::string(by_end_.begin()->second));
    const auto end = claims.at("exp").get<std::int64_t>();
    const auto [where, added] =
        by_text_.try_emplace(std::move(text), entry{std::move(claims), std::move(kid), end});
    if (added) by_end_.emplace(end, where->first);
}

const nlohmann::json* issued_tokens::find(const std::string& text, std::int64_t now) const {
    const auto found = by_text_.find(text);
    return found == by_text_.end() || found->second.end <= now ? nullptr : &found->second.claims;
}

bool issued_tokens::revoke(const std::string& text) {
    const auto found = by_text_.find(text);
    if (found == by_text_.end()) return false;
    erase(found);
    return true;
}

void issued_tokens::keep_signed_by(const std::set<std::string>& kids) {
    for (auto token = by_text_.begin(); token != by_text_.end();) {
        const auto& kid = token->second.kid;
        token = kid.empty() || kids.contains(kid) ? std::next(token) : erase(token);
    }
}

issued_tokens::entries::iterator issued_tokens::erase(entries::iterator token) {
    by_end_.erase({token->second.end, token->first});
    return by_text_.erase(token);
}

} // namespace thalamus::demo
