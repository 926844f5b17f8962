#pragma once
// Selects the route for a request: docs/configuration.md "Paths" and "Hosts". Compiled once from a
// snapshot, then immutable, for any thread. The cost of a match does not depend on the number of
// routes with other paths or hosts. Routes that share path and host, and differ only by method or
// conditions, are tested one by one.

#include "config/snapshot.hpp"
#include "http/head.hpp"
#include "http/template_expand.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thalamus::routing {

struct route_request {
    std::string_view method;
    std::string_view host;  ///< as sent: Host, or the authority from the absolute form
    std::string_view path;  ///< canonical
    std::string_view query; ///< including the "?", or empty
    const http::field_list* fields = nullptr;
};

struct route_match {
    enum class outcome : unsigned char {
        found,
        not_found,         ///< 404
        method_not_allowed ///< 405, with `allow`
    };
    outcome result = outcome::not_found;
    bool preflight = false;      ///< found: the gateway responds according to the route's `cors`
    std::size_t route = 0;       ///< found: index into snapshot::routes
    http::capture_list captures; ///< found; views into the path and the snapshot
    std::string allow;           ///< method_not_allowed: value of the Allow field
};

/// A route whose path matches a request, and which other parts of the request match.
struct route_candidate {
    std::size_t route = 0; ///< index into snapshot::routes
    bool host = false;
    bool method = false; ///< also true for HEAD if GET matches, and for OPTIONS
    bool fields = false; ///< its header conditions hold
    const config::header_match* unmet_query = nullptr; ///< the first condition that does not hold

    bool takes_all() const { return host && method && fields && unmet_query == nullptr; }
};

/// A trie over whole segments. A walk visits each node at most once, in order of precedence:
/// literal, then {name}, then {rest...}; within one path the exact host, then wildcards (longer
/// first), then no host; then the higher number of conditions. If the host, the method or a
/// condition of a candidate does not match, the walk continues with the next candidate.
class route_table {
public:
    /// `snapshot` must outlive the table.
    explicit route_table(const config::snapshot& snapshot);

    route_match match(const route_request& request) const;

    /// The value of Allow for the request's host, path and conditions, regardless of its method;
    /// empty if no route matches them. TRACE and CONNECT are left out: the gateway itself never
    /// serves them.
    std::string allow(const route_request& request) const;

    /// All routes whose path matches, in the order in which match() tries them; for each path,
    /// those with other hosts are last. For diagnostics: it does not slow match() down. Treats the
    /// request as one that is not a CORS preflight.
    std::vector<route_candidate> candidates(const route_request& request) const;

private:
    using index = std::uint32_t;
    static constexpr index none = ~index{0};
    static constexpr std::size_t few = 8; // up to this many groups are tested one by one

    /// A route in a group. A group has the routes with the same path and host, best first.
    struct entry {
        index route = 0;
        std::uint32_t methods = 0; // one bit per well-known method, one bit for all others
        std::uint32_t conditions = 0;
    };
    /// Routes that end at the same node are in adjacent groups, one per host.
    struct group {
        index host = 0;            // in hosts_; 0 = any host, always the node's first group
        index first = 0, last = 0; // in entries_
        index end = 0;             // of the node's groups, in groups_
    };
    /// A node of the trie, one cache line. If it has a single literal child, it contains that
    /// child's text: so for most path segments a walk reads only the node itself.
    struct alignas(64) node {
        static constexpr std::size_t room = 46;
        index capture = none;      // child
        index ending = none;       // first group of the routes that end here
        index rest = none;         // first group of those that end with {rest...}
        index literal = none;      // child for `text`, if it is the only literal child
        bool has_literals = false; // several, or one long text: they are in literals_
        unsigned char size = 0;
        char text[room];
    };
    /// The captures of a route, in capture_names_.
    struct names {
        index first = 0, last = 0;
    };
    struct capture_name {
        std::string_view name;
        bool rest = false;
    };
    struct literal_key {
        index parent;
        std::string_view text;
        bool operator==(const literal_key&) const = default;
    };
    struct text_hash {
        using is_avalanching = void;
        std::size_t operator()(const literal_key& key) const;
        std::size_t operator()(std::string_view text) const;
    };
    struct walk;
    class builder;

    /// Whether a walk ends at the route that matches, or lists all routes that it reaches.
    enum class purpose : unsigned char { match, list };
    enum class method_fit : unsigned char { none, implied, named };

    void find_hosts(walk& state) const;
    template <purpose Purpose>
    bool visit(index node, std::size_t position, walk& state) const;
    template <purpose Purpose>
    bool try_groups(index first, walk& state) const;
    template <purpose Purpose>
    bool try_host(index first, index host, walk& state) const;
    template <purpose Purpose>
    bool try_group(const group& g, walk& state) const;
    void list_other_hosts(index first, walk& state) const;
    void list_entry(const entry& e, bool host, walk& state) const;
    bool fields_hold(const config::match_settings& match, const walk& state) const;
    /// The first condition that does not hold, or nullptr.
    const config::header_match* unmet_query(const config::match_settings& match,
                                            const walk& state) const;
    method_fit fit(const entry& e, const walk& state) const;
    /// Whether a route accepts `method`; the route is then in the state.
    template <purpose Purpose = purpose::match>
    bool run(std::string_view method, walk& state) const;
    /// Whether the request is a preflight and the route, then in the state, has `cors`.
    bool find_preflight(const route_request& request, walk& state) const;

    const config::snapshot* snapshot_;
    std::vector<node> nodes_;
    std::vector<group> groups_;
    std::vector<entry> entries_;
    std::vector<names> names_; // by route
    std::vector<capture_name> capture_names_;
    boost::unordered_flat_map<literal_key, index, text_hash> literals_;
    boost::unordered_flat_map<std::string_view, index, text_hash> hosts_; // "*.x" as ".x"
    boost::unordered_flat_map<std::uint64_t, index> many_; // (first group, host) -> group
    std::size_t longest_literal_ = 0, longest_host_ = 0;
};

} // namespace thalamus::routing
