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
    bool for_service() const { return shown.type == credential::kind::none; }
};

class presented_credentials {
public:
    /// Several auth methods may look for the same credential, such as a token of two issuers. The
    /// result is valid until the next call.
    attempt& add(credential&& presented) {
        const auto same = [&](const attempt& other) {
            return !other.for_service() && other.value() == presented.value() &&
                   other.shown.basic == presented.basic;
        };
        auto found = std::ranges::find_if(all_, same);
        const attempt::place place{presented.in, presented.part};
        if (found == all_.end()) {
            all_.push_back({std::move(presented), {}, false, {}, false});
            found = all_.end() - 1;
        }
        if (place.field) found->places.push_back(place);
        else found->in_query = true;
        return *found;
    }
    attempt& add(const listed_fields& presented) {
        all_.push_back({});
        for (const auto* field : presented.all) all_.back().places.push_back({field, false});
        return all_.back();
    }

    /// The credential, or the field that holds it, was verified. Once the principal is known, other
    /// cookies do not count as credentials: browsers send cookies with every request.
    bool accepted(const attempt& credential, bool has_principal) const {
        if (credential.good) return true;
        if (!credential.for_service())
            return !credential.in_query &&
                   std::ranges::all_of(credential.places, [&](const attempt::place& place) {
                       return service_accepted(place.field);
                   });
        if (!has_principal) return false;
        return accepted_by_service(credential) ||
               std::ranges::all_of(credential.places, [&](const attempt::place& place) {
                   return place.field->id == http::field_id::cookie || verified(place.field);
               });
    }
    /// Why a credential that is not accepted failed; null if all are accepted. Of the auth methods
    /// that looked at the same field, an unavailable one wins, because that is not the client's
    /// fault; then an external service, whose response may tell the client how to sign in. But a
    /// credential that no unavailable method could have accepted takes precedence over one that
    /// failed for unavailability.
    const decision* failure(bool has_principal) const {
        const attempt* found = nullptr;
        for (const auto& credential : all_) {
            if (accepted(credential, has_principal)) continue;
            const auto* worst = &credential;
            for (const auto& other : all_)
                if (!accepted(other, has_principal) && share_a_field(credential, other) &&
                    weight(other) > weight(*worst))
                    worst = &other;
            if (!found || (weight(*found) == unavailable && weight(*worst) < unavailable))
                found = worst;
        }
        return found ? &*found->failure : nullptr;
    }

private:
    /// Verified by an auth method that looked at the whole field.
    bool verified(const http::field* field) const {
        return std::ranges::any_of(all_, [&](const attempt& credential) {
            return credential.good && !credential.for_service() &&
                   std::ranges::any_of(credential.places, [&](const attempt::place& place) {
                       return place.field == field && !place.part;
                   });
        });
    }
    /// An external service accepted the request because of this field: it saw no other.
    bool service_accepted(const http::field* field) const {
        const bool several_cookies =
            field->id == http::field_id::cookie && field->value.find(';') != std::string_view::npos;
        return !several_cookies && std::ranges::any_of(all_, [&](const attempt& credential) {
            return credential.good && credential.for_service() && credential.places.size() == 1 &&
                   credential.places.front().field == field;
        });
    }
    /// An external service that saw all fields of this credential accepted the request.
    bool accepted_by_service(const attempt& credential) const {
        return std::ranges::any_of(all_, [&](const attempt& other) {
            return other.good && other.for_service() &&
                   std::ranges::all_of(credential.places, [&](const attempt::place& place) {
                       return holds(other, place.field);
                   });
        });
    }
    static bool holds(const attempt& credential, const http::field* field) {
        return std::ranges::find(credential.places, field, &attempt::place::field) !=
               credential.places.end();
    }
    static bool share_a_field(const attempt& a, const attempt& b) {
        return std::ranges::any_of(a.places,
                                   [&](const attempt::place& one) { return holds(b, one.field); });
    }
    static constexpr int unavailable = 2;
    static int weight(const attempt& credential) {
        if (credential.failure->result == decision::outcome::unavailable) return unavailable;
        return credential.failure->external_auth ? 1 : 0;
    }

    boost::container::small_vector<attempt, 2> all_;
};

} // namespace thalamus::auth
