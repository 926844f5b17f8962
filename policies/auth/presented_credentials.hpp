#pragma once
// The credentials of one request and their results. Every one must be verified by some auth method
// of the route, because the target might trust one that was not verified. A value; one thread.

#include "policies/auth/credentials.hpp"
#include "policies/auth/decision.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace thalamus::auth {

/// One credential, which several auth methods may verify, or the fields that an external service
/// decides by.
struct attempt {
    credential shown; ///< none for an external service
    struct place {
        const http::field* field;
        bool part; ///< only part of the field: one cookie among others
    };
    boost::container::small_vector<place, 2> places;
    bool in_query = false;           ///< also in the query, or only there
    std::optional<decision> failure; ///< why it is not accepted so far
    bool good = false;

    std::string_view value() const { return shown.value(); }
    bool of_outside() const { return shown.type == credential::kind::none; }
};

class presented_credentials {
public:
    /// Several auth methods may look for the same credential, such as a token of two issuers. The
    /// result is valid until the next call.
    attempt& of(credential&& given) {
        const auto same = [&](const attempt& each) {
            return !each.of_outside() && each.value() == given.value() &&
                   each.shown.basic == given.basic;
        };
        auto at = std::ranges::find_if(all_, same);
        const attempt::place where{given.in, given.part};
        if (at == all_.end()) {
            all_.push_back({std::move(given), {}, false, {}, false});
            at = all_.end() - 1;
        }
        if (where.field) at->places.push_back(where);
        else at->in_query = true;
        return *at;
    }
    attempt& of(const listed_fields& given) {
        all_.push_back({});
        for (const auto* each : given.all) all_.back().places.push_back({each, false});
        return all_.back();
    }

    /// The credential, or the field that holds it, was verified. Once the principal is known, other
    /// cookies do not count as credentials: browsers send cookies with every request.
    bool settled(const attempt& which, bool somebody_asks) const {
        if (which.good) return true;
        if (!which.of_outside())
            return !which.in_query &&
                   std::ranges::all_of(which.places, [&](const attempt::place& at) {
                       return outside_passed_for(at.field);
                   });
        if (!somebody_asks) return false;
        return shown_to_another(which) ||
               std::ranges::all_of(which.places, [&](const attempt::place& at) {
                   return at.field->id == http::field_id::cookie || verified(at.field);
               });
    }
    /// Why a credential that is not settled failed; null if all are settled. Of the auth methods
    /// that looked at the same field, an unavailable one wins, because that is not the client's
    /// fault; then an external service, whose response may tell the client how to sign in. But a
    /// credential that no unavailable method could have accepted takes precedence over one that
    /// failed for unavailability.
    const decision* failure(bool somebody_asks) const {
        const attempt* found = nullptr;
        for (const auto& each : all_) {
            if (settled(each, somebody_asks)) continue;
            const auto* says = &each;
            for (const auto& other : all_)
                if (!settled(other, somebody_asks) && share_a_field(each, other) &&
                    weight(other) > weight(*says))
                    says = &other;
            if (!found || (weight(*found) == unavailable && weight(*says) < unavailable))
                found = says;
        }
        return found ? &*found->failure : nullptr;
    }

private:
    /// Verified by an auth method that looked at the whole field.
    bool verified(const http::field* which) const {
        return std::ranges::any_of(all_, [&](const attempt& each) {
            return each.good && !each.of_outside() &&
                   std::ranges::any_of(each.places, [&](const attempt::place& at) {
                       return at.field == which && !at.part;
                   });
        });
    }
    /// An external service accepted the request because of this field: it saw no other.
    bool outside_passed_for(const http::field* which) const {
        const bool several_cookies =
            which->id == http::field_id::cookie && which->value.find(';') != std::string_view::npos;
        return !several_cookies && std::ranges::any_of(all_, [&](const attempt& each) {
            return each.good && each.of_outside() && each.places.size() == 1 &&
                   each.places.front().field == which;
        });
    }
    /// An external service that saw all fields of this credential accepted the request.
    bool shown_to_another(const attempt& which) const {
        return std::ranges::any_of(all_, [&](const attempt& each) {
            return each.good && each.of_outside() &&
                   std::ranges::all_of(which.places, [&](const attempt::place& at) {
                       return holds(each, at.field);
                   });
        });
    }
    static bool holds(const attempt& which, const http::field* field) {
        return std::ranges::find(which.places, field, &attempt::place::field) != which.places.end();
    }
    static bool share_a_field(const attempt& a, const attempt& b) {
        return std::ranges::any_of(a.places,
                                   [&](const attempt::place& one) { return holds(b, one.field); });
    }
    static constexpr int unavailable = 2;
    static int weight(const attempt& of) {
        if (of.failure->what == decision::outcome::unavailable) return unavailable;
        return of.failure->external_auth ? 1 : 0;
    }

    boost::container::small_vector<attempt, 2> all_;
};

} // namespace thalamus::auth
