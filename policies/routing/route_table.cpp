#include "policies/routing/route_table.hpp"

#include "base/stable_hash.hpp"
#include "http/host_name.hpp"
#include "http/list.hpp"
#include "http/percent.hpp"
#include "policies/routing/methods.hpp"

#include <algorithm>
#include <cstring>
#include <map>

namespace thalamus::routing {

namespace {

using segment_kind = config::pattern_segment::kind;

/// Hashes eight bytes per step. The tables contain only texts from the configuration, so clients
/// cannot cause collisions that matter.
std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15u;
    auto h = (seed + 1) * factor ^ text.size();
    const char* position = text.data();
    auto left = text.size();
    for (; left >= 8; position += 8, left -= 8) {
        std::uint64_t word;
        std::memcpy(&word, position, 8);
        h = (h ^ word) * factor;
        h ^= h >> 32;
    }
    if (left > 0) {
        std::uint64_t word = 0;
        std::memcpy(&word, position, left);
        h = (h ^ word) * factor;
    }
    return base::mix(h);
}

/// Whether a list such as Access-Control-Request-Headers contains the name.
bool lists(std::string_view list, std::string_view name) {
    bool found = false;
    http::for_each_element(
        list, [&](std::string_view element) { found = found || http::iequals(element, name); });
    return found;
}

/// A condition applies to the whole value: two field lines form one value with a comma (RFC 9110).
bool field_equals(const http::field_list& fields, const config::header_match& wanted) {
    const http::field* found = nullptr;
    for (const auto& f : fields) {
        if (!http::iequals(f.name, wanted.name)) continue;
        if (found != nullptr) return false;
        found = &f;
    }
    return found != nullptr && found->value == wanted.value;
}

} // namespace

std::size_t route_table::text_hash::operator()(const literal_key& key) const {
    return hash_text(key.text, key.parent);
}

std::size_t route_table::text_hash::operator()(std::string_view text) const {
    return hash_text(text, 0);
}

/// One match in progress.
struct route_table::walk {
    const route_request& request;
    std::string_view asked_headers{}; // of a preflight: fields of the actual request
    std::string_view method{};
    std::uint32_t method_bit = 0;
    boost::container::small_vector<index, 8> hosts{};            // most specific first
    boost::container::small_vector<std::string_view, 8> taken{}; // captured so far
    index route = none;
    std::uint32_t refused_methods = 0; // of routes that match except for the method
    std::vector<std::string_view> refused_others{};
    std::vector<route_candidate>* listed = nullptr; // only for purpose::list

    void start_again() {
        taken.clear();
        route = none;
        refused_methods = 0;
        refused_others.clear();
    }
};

/// Fills a table. It is needed only while the table is constructed.
class route_table::builder {
public:
    explicit builder(route_table& table) : table_(table) { add_node(); }

    void add(index route) {
        const auto& pattern = table_.snapshot_->routes[route].match.path;
        index current = 0;
        bool rest = false;
        names captures{static_cast<index>(table_.capture_names_.size()), 0};
        for (const auto& segment : pattern.segments) {
            if (segment.type == segment_kind::rest) rest = true;
            else current = child(current, segment);
            if (segment.type != segment_kind::literal)
                table_.capture_names_.push_back({segment.text, rest});
        }
        captures.last = static_cast<index>(table_.capture_names_.size());
        table_.names_.push_back(captures);
        (rest ? added_[current].rest : added_[current].ending).push_back(route);
    }

    void finish() {
        for (index i = 0; i < added_.size(); ++i) {
            place_literals(i);
            table_.nodes_[i].ending = make_groups(added_[i].ending);
            table_.nodes_[i].rest = make_groups(added_[i].rest);
        }
    }

private:
    struct added_node {
        std::vector<index> ending, rest; // routes
        std::vector<std::pair<std::string_view, index>> literals;
    };

    index add_node() {
        table_.nodes_.emplace_back();
        added_.emplace_back();
        return static_cast<index>(table_.nodes_.size() - 1);
    }

    index child(index parent, const config::pattern_segment& segment) {
        if (segment.type == segment_kind::capture) {
            if (table_.nodes_[parent].capture == none) {
                const auto added = add_node();
                table_.nodes_[parent].capture = added;
            }
            return table_.nodes_[parent].capture;
        }
        const literal_key key{parent, segment.text};
        if (const auto found = table_.literals_.find(key); found != table_.literals_.end())
            return found->second;
        const auto added = add_node();
        table_.literals_.emplace(key, added);
        added_[parent].literals.emplace_back(segment.text, added);
        return added;
    }

    void place_literals(index node) {
        auto& place = table_.nodes_[node];
        for (const auto& [text, child] : added_[node].literals) {
            if (added_[node].literals.size() == 1 && text.size() <= node::room) {
                place.literal = child;
                place.size = static_cast<unsigned char>(text.size());
                std::memcpy(place.text, text.data(), text.size());
                table_.literals_.erase({node, text});
                return;
            }
            place.has_literals = true;
            table_.longest_literal_ = std::max(table_.longest_literal_, text.size());
        }
    }

    index host_id(std::string_view host) {
        if (host.starts_with('*')) host.remove_prefix(1);
        table_.longest_host_ = std::max(table_.longest_host_, host.size());
        const auto next = static_cast<index>(table_.hosts_.size() + 1);
        return table_.hosts_.try_emplace(host, next).first->second;
    }

    index make_groups(const std::vector<index>& routes) {
        if (routes.empty()) return none;
        std::map<index, std::vector<index>> by_host;
        for (auto route : routes) {
            const auto& hosts = table_.snapshot_->routes[route].match.hosts;
            if (hosts.empty()) by_host[0].push_back(route);
            for (const auto& host : hosts) by_host[host_id(host)].push_back(route);
        }
        const auto first = static_cast<index>(table_.groups_.size());
        for (const auto& [host, members] : by_host) {
            if (by_host.size() > few)
                table_.many_.emplace(std::uint64_t{first} << 32 | host,
                                     static_cast<index>(table_.groups_.size()));
            table_.groups_.push_back(make_group(host, members));
        }
        const auto end = static_cast<index>(table_.groups_.size());
        for (auto g = first; g < end; ++g) table_.groups_[g].end = end;
        return first;
    }

    group make_group(index host, const std::vector<index>& members) {
        group g{host, static_cast<index>(table_.entries_.size()), 0, 0};
        for (auto route : members) {
            const auto& match = table_.snapshot_->routes[route].match;
            entry e{route, match.methods.empty() ? methods::all : 0,
                    static_cast<std::uint32_t>(match.headers.size() + match.query.size())};
            for (const auto& method : match.methods) e.methods |= methods::bit(method);
            table_.entries_.push_back(e);
        }
        g.last = static_cast<index>(table_.entries_.size());
        // Loading the configuration rejects two routes that match the same request with the same
        // precedence. So the order matters only for OPTIONS if no route lists it: the first route
        // in the file gets it.
        std::stable_sort(
            table_.entries_.begin() + g.first, table_.entries_.begin() + g.last,
            [](const entry& a, const entry& b) { return a.conditions > b.conditions; });
        return g;
    }

    route_table& table_;
    std::vector<added_node> added_; // by node
};

route_table::route_table(const config::snapshot& snapshot) : snapshot_(&snapshot) {
    builder build(*this);
    for (index route = 0; route < snapshot.routes.size(); ++route) build.add(route);
    build.finish();
}

void route_table::find_hosts(walk& state) const {
    if (hosts_.empty()) return;
    std::string buffer;
    const auto host = http::normalize_host(state.request.host, buffer);
    const auto look_up = [&](std::string_view text) {
        if (text.size() > longest_host_) return;
        if (const auto found = hosts_.find(text); found != hosts_.end())
            state.hosts.push_back(found->second);
    };
    if (host.empty() || host.front() == '.') return;
    look_up(host);
    for (auto dot = host.find('.'); dot != host.npos; dot = host.find('.', dot + 1))
        look_up(host.substr(dot));
}

template <route_table::purpose Purpose>
bool route_table::visit(index node, std::size_t position, walk& state) const {
    const auto& n = nodes_[node];
    const auto path = state.request.path;
    if (position == path.npos) {
        if (n.ending != none && try_groups<Purpose>(n.ending, state)) return true;
        if (n.rest == none) return false;
        state.taken.push_back(path.substr(path.size()));
    } else {
        const auto slash = path.find('/', position);
        const auto segment = path.substr(position, slash - position);
        const auto next = slash == path.npos ? path.npos : slash + 1;
        if (n.literal != none) {
            if (segment == std::string_view(n.text, n.size) &&
                visit<Purpose>(n.literal, next, state))
                return true;
        } else if (n.has_literals && segment.size() <= longest_literal_) {
            const auto found = literals_.find(literal_key{node, segment});
            if (found != literals_.end() && visit<Purpose>(found->second, next, state)) return true;
        }
        if (n.capture != none && !segment.empty()) {
            state.taken.push_back(segment);
            if (visit<Purpose>(n.capture, next, state)) return true;
            state.taken.pop_back();
        }
        if (n.rest == none) return false;
        state.taken.push_back(path.substr(position));
    }
    if (try_groups<Purpose>(n.rest, state)) return true;
    state.taken.pop_back();
    return false;
}

template <route_table::purpose Purpose>
bool route_table::try_groups(index first, walk& state) const {
    for (auto host : state.hosts)
        if (try_host<Purpose>(first, host, state)) return true;
    const auto& any = groups_[first];
    if (any.host == 0 && try_group<Purpose>(any, state)) return true;
    if constexpr (Purpose == purpose::list) list_other_hosts(first, state);
    return false;
}

template <route_table::purpose Purpose>
bool route_table::try_host(index first, index host, walk& state) const {
    const auto end = groups_[first].end;
    if (end - first > few) {
        const auto found = many_.find(std::uint64_t{first} << 32 | host);
        return found != many_.end() && try_group<Purpose>(groups_[found->second], state);
    }
    for (auto g = first; g < end; ++g)
        if (groups_[g].host == host) return try_group<Purpose>(groups_[g], state);
    return false;
}

template <>
bool route_table::try_group<route_table::purpose::list>(const group& g, walk& state) const {
    for (auto i = g.first; i < g.last; ++i) list_entry(entries_[i], true, state);
    return false;
}

template <>
bool route_table::try_group<route_table::purpose::match>(const group& g, walk& state) const {
    // A route that accepts GET also accepts HEAD, and every route accepts OPTIONS. But a route with
    // the same precedence that lists the method explicitly comes first.
    const entry* implied = nullptr;
    for (auto i = g.first; i < g.last; ++i) {
        const auto& e = entries_[i];
        if (implied != nullptr && e.conditions < implied->conditions) break;
        const auto& match = snapshot_->routes[e.route].match;
        if (e.conditions != 0 &&
            (!fields_hold(match, state) || unmet_query(match, state) != nullptr))
            continue;
        const auto fit_result = fit(e, state);
        if (fit_result == method_fit::named) {
            state.route = e.route;
            return true;
        }
        if (fit_result == method_fit::implied) {
            if (implied == nullptr) implied = &e;
            continue;
        }
        state.refused_methods |= e.methods;
        if ((e.methods & methods::other) != 0)
            for (const auto& method : match.methods)
                if (methods::bit(method) == methods::other) state.refused_others.push_back(method);
    }
    if (implied == nullptr) return false;
    state.route = implied->route;
    return true;
}

void route_table::list_other_hosts(index first, walk& state) const {
    std::vector<entry> others;
    for (auto g = first; g < groups_[first].end; ++g)
        others.insert(others.end(), entries_.begin() + groups_[g].first,
                      entries_.begin() + groups_[g].last);
    std::ranges::sort(others, {}, [](const entry& e) { return std::pair(~e.conditions, e.route); });
    for (const auto& e : others) list_entry(e, false, state);
}

void route_table::list_entry(const entry& e, bool host, walk& state) const {
    // A route with several hosts is in several groups. List it once.
    auto& listed = *state.listed;
    if (std::ranges::find(listed, e.route, &route_candidate::route) != listed.end()) return;
    const auto& match = snapshot_->routes[e.route].match;
    listed.push_back({e.route, host, fit(e, state) != method_fit::none, fields_hold(match, state),
                      unmet_query(match, state)});
}

bool route_table::fields_hold(const config::match_settings& match, const walk& state) const {
    return std::ranges::all_of(match.headers, [&](const auto& wanted) {
        if (state.request.fields == nullptr) return false;
        // A preflight only has the names of the fields in the actual request, not their values.
        return lists(state.asked_headers, wanted.name) ||
               field_equals(*state.request.fields, wanted);
    });
}

const config::header_match* route_table::unmet_query(const config::match_settings& match,
                                                     const walk& state) const {
    const auto unmet = std::ranges::find_if(match.query, [&](const auto& wanted) {
        return !http::parameter_equals(state.request.query, wanted.name, wanted.value);
    });
    return unmet == match.query.end() ? nullptr : &*unmet;
}

route_table::method_fit route_table::fit(const entry& e, const walk& state) const {
    const auto& listed = snapshot_->routes[e.route].match.methods;
    if ((e.methods & state.method_bit) != 0 &&
        (state.method_bit != methods::other || e.methods == methods::all ||
         std::ranges::find(listed, state.method) != listed.end()))
        return method_fit::named;
    if (state.method_bit == methods::options ||
        (state.method_bit == methods::head && (e.methods & methods::get) != 0))
        return method_fit::implied;
    return method_fit::none;
}

template <route_table::purpose Purpose>
bool route_table::run(std::string_view method, walk& state) const {
    state.method = method;
    state.method_bit = methods::bit(method);
    const auto path = state.request.path;
    return path.starts_with('/') && visit<Purpose>(0, path.size() == 1 ? path.npos : 1, state);
}

namespace {

std::string allow_list(std::uint32_t set, std::vector<std::string_view> others) {
    set |= methods::options;
    if ((set & methods::get) != 0) set |= methods::head;
    std::string list;
    const auto add = [&](std::string_view name) {
        if (!list.empty()) list += ", ";
        list += name;
    };
    for (std::size_t i = 0; i < methods::names.size(); ++i)
        if ((set >> i & 1) != 0) add(methods::names[i]);
    std::sort(others.begin(), others.end());
    others.erase(std::unique(others.begin(), others.end()), others.end());
    for (auto name : others) add(name);
    return list;
}

} // namespace

std::string route_table::allow(const route_request& request) const {
    walk state{request};
    find_hosts(state);
    // Only routes without a list of methods accept this method.
    if (run("", state)) state.refused_methods = methods::all & ~methods::other;
    if (state.refused_methods == 0) return {};
    return allow_list(state.refused_methods & ~(methods::trace | methods::connect),
                      std::move(state.refused_others));
}

std::vector<route_candidate> route_table::candidates(const route_request& request) const {
    std::vector<route_candidate> listed;
    walk state{request};
    state.listed = &listed;
    find_hosts(state);
    run<purpose::list>(request.method, state);
    return listed;
}

bool route_table::find_preflight(const route_request& request, walk& state) const {
    if (request.method != "OPTIONS" || request.fields == nullptr ||
        !http::contains(*request.fields, http::field_id::origin))
        return false;
    const auto wanted = http::find(*request.fields, "access-control-request-method");
    if (wanted.empty()) return false;
    state.asked_headers = http::find(*request.fields, "access-control-request-headers");
    // If no route accepts the requested method, the `cors` of the route that matches without it
    // tells the browser so.
    bool found = run(wanted, state);
    if (!found) {
        state.start_again();
        found = run(request.method, state);
    }
    if (found && snapshot_->routes[state.route].cors) return true;
    state.start_again();
    state.asked_headers = {};
    return false;
}

route_match route_table::match(const route_request& request) const {
    route_match matched;
    walk state{request};
    find_hosts(state);
    matched.preflight = find_preflight(request, state);
    if (!matched.preflight && !run(request.method, state)) {
        if (state.refused_methods == 0) return matched;
        matched.result = route_match::outcome::method_not_allowed;
        matched.allow = allow_list(state.refused_methods, std::move(state.refused_others));
        return matched;
    }
    matched.result = route_match::outcome::found;
    matched.route = state.route;
    auto value = state.taken.begin();
    const auto [first, last] = names_[state.route];
    for (auto i = first; i < last; ++i)
        matched.captures.push_back({capture_names_[i].name, *value++, capture_names_[i].rest});
    return matched;
}

} // namespace thalamus::routing
