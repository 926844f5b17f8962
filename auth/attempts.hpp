#pragma once
// The credentials of one request and what came of them: every one must be verified by some way of the route,
// for a target might believe the one that nobody has verified. A value; one thread.

#include "auth/credentials.hpp"
#include "auth/decision.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace thalamus::auth {

/// One credential, which one way or another may verify, or what a service outside decides by.
struct attempt {
    credential shown; ///< none: a service outside's
    struct place {
        const http::field* field;
        bool part; ///< not the whole field: a cookie among others
    };
    boost::container::small_vector<place, 2> places; ///< but for the query
    std::optional<decision> failure;                 ///< why it does not count, so far
    bool good = false;

    std::string_view value() const { return shown.value(); }
    bool of_outside() const { return shown.type == credential::kind::none; }
};

class attempts {
public:
    /// Ways may look for one credential: tokens of two issuers. Valid until the next call.
    attempt& of(credential&& given) {
        const auto same = [&](const attempt& each) {
            return !each.of_outside() && each.value() == given.value();
        };
        auto at = std::ranges::find_if(all_, same);
        const attempt::place where{given.in, given.part};
        if (at == all_.end()) {
            all_.push_back({std::move(given), {}, {}, false});
            at = all_.end() - 1;
        }
        if (where.field) at->places.push_back(where);
        return *at;
    }
    attempt& of(const listed_fields& given) {
        all_.push_back({});
        for (const auto* each : given.all) all_.back().places.push_back({each, false});
        return all_.back();
    }

    /// It was verified, or what it stands in was. Once somebody is known to ask, what else there is in Cookie
    /// is nobody's credential: browsers send that with everything.
    bool settled(const attempt& which, bool somebody_asks) const {
        if (which.good) return true;
        if (!which.of_outside())
            return !which.places.empty() &&
                   std::ranges::all_of(which.places, [&](const attempt::place& at) {
                       return outside_passed_for(at.field);
                   });
        return somebody_asks && std::ranges::all_of(which.places, [&](const attempt::place& at) {
                   return at.field->id == http::field_id::cookie || verified(at.field);
               });
    }
    /// Why the first that is not settled does not count; null: all are. Of those who have looked at it the one
    /// counts that could not be asked, for that is not the client's fault, else a service outside, which may
    /// tell the client how to sign in.
    const decision* failure(bool somebody_asks) const {
        const attempt* found = nullptr;
        for (const auto& each : all_) {
            if (settled(each, somebody_asks)) continue;
            if (!found || (share_a_field(each, *found) && weight(each) > weight(*found)))
                found = &each;
        }
        return found ? &*found->failure : nullptr;
    }

private:
    /// By a way that has looked at the whole field.
    bool verified(const http::field* which) const {
        return std::ranges::any_of(all_, [&](const attempt& each) {
            return each.good && !each.of_outside() &&
                   std::ranges::any_of(each.places, [&](const attempt::place& at) {
                       return at.field == which && !at.part;
                   });
        });
    }
    /// A service outside has passed the request for this field: it was shown nothing else.
    bool outside_passed_for(const http::field* which) const {
        const bool several_cookies =
            which->id == http::field_id::cookie && which->value.find(';') != std::string_view::npos;
        return !several_cookies && std::ranges::any_of(all_, [&](const attempt& each) {
            return each.good && each.of_outside() && each.places.size() == 1 &&
                   each.places.front().field == which;
        });
    }
    static bool share_a_field(const attempt& a, const attempt& b) {
        return std::ranges::any_of(a.places, [&](const attempt::place& one) {
            return std::ranges::find(b.places, one.field, &attempt::place::field) != b.places.end();
        });
    }
    static int weight(const attempt& of) {
        if (of.failure->what == decision::outcome::unavailable) return 2;
        return of.failure->outside ? 1 : 0;
    }

    boost::container::small_vector<attempt, 2> all_;
};

} // namespace thalamus::auth
