#include "actors/identity/replicated_set.hpp"

#include "cluster/wire_fields.hpp"
#include "observe/program_log.hpp"

#include <algorithm>

namespace thalamus::actors {

namespace {

using namespace std::chrono_literals;
using cluster::wire_field, cluster::wire_fields;
using observe::log_level;
using std::chrono::milliseconds;
using std::chrono::system_clock;

/// An absent number means that the entry never expires.
struct expiry_field {
    static void write(cluster::wire_writer& out, std::uint32_t number, store::time_point when) {
        if (when != store::never) out.number(number, cluster::to_number(when));
    }
    static bool read(cluster::wire_reader& in, store::time_point& when) {
        const auto number = in.number();
        when = store::never;
        return number == 0 || cluster::from_number(number, when);
    }
};

constexpr wire_fields entry_fields{
    wire_field{1, &set_entry::member},
    wire_field{2, &set_entry::expires, expiry_field{}},
};
constexpr wire_fields entry_page_fields{
    wire_field{1, &entry_page::entries},
    wire_field{2, &entry_page::more},
    wire_field{3, &entry_page::unsettled},
};

/// How often the timer checks whether the store is available again, how often the entries are
/// compared with the store otherwise, and how often expired entries are removed.
constexpr milliseconds look = 200ms, compare_again = 30s, sweep_again = 60s;
/// How many entries a walk visits per turn, and the pause until the next turn.
constexpr int walked_at_once = 1'000;
constexpr milliseconds between_walks = 10ms;
/// Making room visits all entries in one turn. So it does not run for each new entry, but at most
/// once per this interval.
constexpr milliseconds make_room_again = 1s;
/// A node that starts serves after this time, even if entries are still arriving.
constexpr milliseconds longest_settling = 30s;
/// Size of the entries in one response. Leaves room for their lengths within
/// cluster::longest_payload.
constexpr std::size_t page_bytes = 48 * 1024;
/// Timeout for one page.
constexpr auto patience = 1s;

observe::log_limit full_log{1};

} // namespace

std::string to_payload(const set_entry& what) { return entry_fields.write(what); }

std::optional<set_entry> from_payload(std::string_view payload, std::type_identity<set_entry>) {
    set_entry what{"", store::never};
    if (!entry_fields.read(payload, what) || what.member.empty() ||
        what.member.size() > store::expiring_sets::longest_member)
        return std::nullopt;
    return what;
}

std::string to_payload(const entry_page& what) { return entry_page_fields.write(what); }

replicated_set::replicated_set(reactor_context& context, settings how, learn_handler learned,
                               std::function<void()> changed)
    : context_(context),
      how_(std::move(how)),
      learned_(std::move(learned)),
      on_change_(std::move(changed)),
      has_store_(context.node.plan.snapshot().store.redis.has_value()),
      timer_(context.home.timers(), base::bind<&replicated_set::on_time>(this)) {
    const auto now = context_.home.now();
    const auto& cluster = context_.node.plan.snapshot().cluster;
    others_until_ = now + (cluster ? 2 * cluster->heartbeat : milliseconds(0));
    progress_at_ = compare_at_ = now;
    walk_at_ = now + sweep_again;
    if (context_.node.cluster) join_cluster();
    timer_.arm(now);
}

void replicated_set::join_cluster() {
    auto& cluster = *context_.node.cluster;
    cluster.subscribe<set_entry>(
        how_.topic, lifetime_.guarded([this](const std::string&, const set_entry& entry) {
            learn(entry.member, entry.expires);
        }),
        lifetime_.guarded([this](const std::string& origin, const std::optional<std::string>&) {
            ask_for_all(origin); // entries from it are lost
        }));
    cluster.serve(how_.method, lifetime_.guarded([this](const std::string&, std::string_view after,
                                                        const cluster::reply_sender& reply) {
        reply(page_after(after));
    }));
}

void replicated_set::add(std::string member, time_point expires, std::function<void(added)> then) {
    if (!learn(member, expires)) return then(added::full);
    if (context_.node.cluster) context_.node.cluster->publish(how_.topic, {member, expires});
    if (!has_store_) return then(added::stored);
    unstored_.insert(member);
    context_.store->add(
        how_.name, member, expires,
        [note_stored = lifetime_.guarded([this, member] { unstored_.erase(member); }),
         then = std::move(then)](const auto& done) {
            const bool stored = std::holds_alternative<store::done>(done);
            if (stored) note_stored();
            then(stored ? added::stored : added::not_yet);
        });
}

bool replicated_set::learn(std::string_view member, time_point expires) {
    const auto now = system_clock::now();
    if (expires <= now || member.size() > store::expiring_sets::longest_member) return true;
    auto at = members_.find(member);
    if (at != members_.end() && at->second.expires >= expires) return true;
    if (at == members_.end() && members_.size() >= most_members) make_room();
    if (at == members_.end() && members_.size() >= most_members) {
        observe::log_limited(
            full_log, log_level::error,
            "{}: the set is full ({} entries); new ones are rejected until some expire", how_.name,
            members_.size());
        return false;
    }
    if (!learned_(member, expires)) forget(member);
    else if (at != members_.end()) at->second.expires = expires;
    else members_.emplace(member, known{expires});
    return true;
}

void replicated_set::make_room() {
    if (context_.home.now() < make_room_at_) return;
    make_room_at_ = context_.home.now() + make_room_again;
    const auto now = system_clock::now();
    std::erase_if(members_, [&](const auto& each) { return each.second.expires <= now; });
}

void replicated_set::begin_walk(bool compare) {
    walked_to_.emplace();
    compares_ = compare;
    walk_at_ = context_.home.now() + sweep_again;
}

void replicated_set::walk_on() {
    const auto now = system_clock::now();
    auto at = members_.upper_bound(*walked_to_);
    for (int i = 0; i < walked_at_once && at != members_.end(); ++i) {
        *walked_to_ = at->first;
        if (at->second.expires <= now) {
            at = members_.erase(at);
            continue;
        }
        if (compares_ && at->second.seen < last_scan_) unstored_.insert(at->first);
        ++at;
    }
    if (at == members_.end()) walked_to_.reset();
}

void replicated_set::forget(std::string_view member) {
    if (const auto at = members_.find(member); at != members_.end()) members_.erase(at);
    if (const auto at = unstored_.find(member); at != unstored_.end()) unstored_.erase(at);
    // If this fails, the next comparison with the store tries again.
    if (has_store_) context_.store->remove(how_.name, member, [](const auto&) {});
}

void replicated_set::on_time() {
    const auto now = context_.home.now();
    if (has_store_) {
        const bool there = store_answers(), back = there && !store_was_there_;
        store_was_there_ = there;
        if (there && !cursor_ && (back || now >= compare_at_)) {
            cursor_.emplace();
            ++scans_;
            compare_at_ = now + compare_again;
        }
        if (there && cursor_ && !page_under_way_) go_on_scanning();
        else if (there && !unstored_.empty()) store_rest();
    }
    if (!walked_to_ && now >= walk_at_) begin_walk(false);
    if (walked_to_) walk_on();
    ask_peers();
    settle();
    timer_.arm(now + (walked_to_ ? between_walks : look));
}

void replicated_set::go_on_scanning() {
    page_under_way_ = true;
    context_.store->scan(how_.name, *cursor_, lifetime_.guarded([this](const auto& came) {
        page_under_way_ = false;
        // If the page does not arrive, on_time() requests it again after a pause.
        if (const auto* page = std::get_if<store::set_page>(&came)) scanned(*page);
    }));
}

void replicated_set::scanned(const store::set_page& page) {
    progress_at_ = context_.home.now();
    for (const auto& each : page.members) {
        learn(each.member, each.expires);
        if (const auto at = members_.find(each.member); at != members_.end())
            at->second.seen = scans_;
    }
    *cursor_ = page.next;
    if (!page.next.empty()) return go_on_scanning();
    cursor_.reset();
    last_scan_ = scans_;
    begin_walk(true);
    if (!std::exchange(scanned_, true)) on_change_();
    settle();
}

void replicated_set::store_rest() {
    constexpr int at_once = 64;
    int begun = 0;
    const auto now = system_clock::now();
    for (auto at = unstored_.begin(); at != unstored_.end() && begun < at_once;) {
        const auto known = members_.find(*at);
        if (known == members_.end() || known->second.expires <= now) {
            at = unstored_.erase(at);
            continue;
        }
        ++begun;
        // The entry leaves unstored_ only after the store has responded. A second attempt in the
        // meantime does no harm.
        context_.store->add(how_.name, *at++, known->second.expires,
                            lifetime_.guarded([this, member = known->first](const auto& done) {
                                if (std::holds_alternative<store::done>(done))
                                    unstored_.erase(member);
                            }));
    }
}

void replicated_set::see(const std::vector<std::string>& alive,
                         const std::vector<std::string>& fresh) {
    std::erase_if(peers_, [&](const auto& each) {
        return std::ranges::find(alive, each.first) == alive.end();
    });
    for (const auto& peer : fresh) ask_for_all(peer);
    met_ = met_ || !fresh.empty();
    ask_peers();
}

void replicated_set::ask_for_all(const std::string& peer) {
    peers_.insert_or_assign(peer, asked_peer{"", ++rounds_});
}

void replicated_set::ask_peers() {
    for (auto& [peer, how] : peers_) {
        if (std::exchange(how.under_way, true)) continue;
        context_.node.cluster->call(
            peer, how_.method, how.after, patience,
            lifetime_.guarded([this, peer = peer, round = how.round](const auto& payload) {
                told(peer, round, payload);
            }));
    }
}

void replicated_set::told(const std::string& by, std::uint64_t round,
                          const std::optional<std::string>& payload) {
    const auto peer = peers_.find(by);
    // The peer is no longer alive, or a newer round has started.
    if (peer == peers_.end() || peer->second.round != round) return;
    auto& how = peer->second;
    how.under_way = false;
    if (!payload) return; // requested again after a pause
    progress_at_ = context_.home.now();
    const auto before = how.after;
    entry_page page;
    // If the page is malformed, use the entries that could be read.
    static_cast<void>(entry_page_fields.read(*payload, page));
    for (const auto& item : page.entries)
        if (const auto what = from_payload(item, std::type_identity<set_entry>{})) {
            learn(what->member, what->expires);
            how.after = std::max(how.after, what->member);
        }
    if (page.more && how.after != before) return ask_peers();
    how.heard = true;
    how.after.clear();
    if (!page.unsettled) peers_.erase(peer);
    settle();
}

std::string replicated_set::page_after(std::string_view member) const {
    entry_page page;
    std::size_t bytes = 0;
    const auto now = system_clock::now();
    auto at = members_.upper_bound(member);
    for (; at != members_.end() && bytes < page_bytes; ++at) {
        if (at->second.expires <= now) continue;
        page.entries.push_back(to_payload(set_entry{at->first, at->second.expires}));
        bytes += page.entries.back().size();
    }
    page.more = at != members_.end();
    page.unsettled = !settled_;
    return to_payload(page);
}

void replicated_set::settle() {
    if (settled_) return;
    const auto now = context_.home.now();
    // Until others_until_, wait for a peer that is settled. After it, the remaining peers have
    // started like this node and know no more than it does: one full read from each is enough.
    const bool heard =
        std::ranges::all_of(peers_, [](const auto& each) { return each.second.heard; });
    const bool others =
        !context_.node.cluster || (now < others_until_ ? met_ && peers_.empty() : heard);
    const bool out_of_time = now >= std::max(others_until_, progress_at_) + patience ||
                             now >= others_until_ + longest_settling;
    if (!(others && complete()) && !out_of_time) return;
    settled_ = true;
    if (!complete())
        observe::log(log_level::warn,
                     "{}: the store does not respond; this node continues with {} entries {}",
                     how_.name, members_.size(),
                     context_.node.cluster ? "known in the cluster" : "known to it");
    on_change_();
}

} // namespace thalamus::actors
