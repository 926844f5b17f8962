#include "cluster/membership.hpp"

#include <algorithm>

namespace thalamus::cluster {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

/// Whether a change of status must be sent to others at once; that of a request rate need not.
bool differs(const node_status& a, node_status b) {
    b.requests_per_second = a.requests_per_second;
    return !(a == b);
}

} // namespace

std::uint64_t new_incarnation(std::chrono::system_clock::time_point now, std::uint32_t random) {
    const auto ms = duration_cast<milliseconds>(now.time_since_epoch()).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 1)) << 20 | (random & 0xfffff);
}

membership::membership(settings own, node_status status, time_point now)
    : own_(std::move(own)),
      status_(std::move(status)),
      ticked_(now) {}

/// While this process was stalled it heard no heartbeats: that says nothing about the others.
void membership::make_up_for_pause(time_point now) {
    const auto gap = now - ticked_;
    // Members heard one heartbeat before the pause must not become suspect because of it, and a
    // late tick is not a pause.
    const auto usual =
        std::clamp(own_.suspect_after - own_.heartbeat, 3 * own_.heartbeat / 2, 3 * own_.heartbeat);
    if (gap <= usual) return;
    const auto missed = gap - own_.heartbeat;
    for (auto& [name, e] : others_) {
        e.last_heard = std::min(e.last_heard + missed, now);
        e.last_heard_direct = std::min(e.last_heard_direct + missed, now);
    }
    ticked_ = now;
    add_event(event::kind::stalled, own_.name, own_.address, duration_cast<milliseconds>(gap));
}

void membership::tick(time_point now) {
    make_up_for_pause(now);
    ticked_ = now;
    for (auto it = others_.begin(); it != others_.end();) {
        auto& [name, e] = *it;
        judge(name, e, now);
        if (!e.known() && now - e.last_heard > 2 * forget_after) it = others_.erase(it);
        else ++it;
    }
}

/// Sets the state that follows from the time.
void membership::judge(const std::string& name, entry& e, time_point now) {
    if (!e.known()) return;
    const auto silence = now - e.last_heard;
    const auto silent_for = duration_cast<milliseconds>(silence);
    if (silence > forget_after) {
        e.forgotten = true;
        add_event(event::kind::forgotten, name, e.address, silent_for);
        changed(true);
        return;
    }
    const auto state = silence > own_.dead_after      ? member_state::dead
                       : silence > own_.suspect_after ? member_state::suspect
                                                      : member_state::alive;
    const bool direct = now - e.last_heard_direct <= own_.suspect_after;
    if (state == e.state && direct == e.direct) return;
    if (state != e.state)
        add_event(state == member_state::dead      ? event::kind::died
                  : state == member_state::suspect ? event::kind::suspected
                                                   : event::kind::recovered,
                  name, e.address, silent_for);
    e.state = state;
    e.direct = direct;
    changed(true);
}

heartbeat membership::beat(time_point now) {
    heartbeat out;
    out.sender = {own_.name,       own_.address, own_.incarnation, ++beat_,
                  milliseconds{0}, leaving_,     status_};
    for (const auto& [name, e] : others_)
        if (!e.forgotten && now - e.last_heard <= forget_after)
            out.others.push_back({name, e.address, e.incarnation, e.beat,
                                  duration_cast<milliseconds>(now - e.last_heard), e.left,
                                  e.status});
    return out;
}

void membership::receive(const heartbeat& beat, time_point now) {
    make_up_for_pause(now);
    merge(beat.sender, now, true);
    for (const auto& r : beat.others) merge(r, now, false);
}

void membership::merge(const member_report& r, time_point now, bool direct) {
    if (r.name == own_.name) {
        // An earlier life of this node falls silent; another node with its name does not.
        if (r.incarnation != own_.incarnation && !r.left &&
            lasts(name_conflict_, r.incarnation, now - r.age))
            add_event(event::kind::name_taken, r.name, r.address);
        return;
    }
    const auto found = others_.find(r.name);
    if (found == others_.end()) {
        if (r.left || r.age >= forget_after) return;
        if (others_.size() + 1 >= most_members && !make_room()) {
            add_event(event::kind::full, r.name, r.address);
            return;
        }
        start_life(others_[r.name], r, now - r.age, now, direct);
        add_event(event::kind::joined, r.name, r.address);
    } else if (found->second.incarnation == r.incarnation)
        merge_same_life(r.name, found->second, r, now, direct);
    else merge_other_life(r.name, found->second, r, now, direct);
}

/// Removes the entry that has been gone for longest.
bool membership::make_room() {
    auto oldest = others_.end();
    for (auto candidate = others_.begin(); candidate != others_.end(); ++candidate)
        if (!candidate->second.known() &&
            (oldest == others_.end() || candidate->second.last_heard < oldest->second.last_heard))
            oldest = candidate;
    if (oldest == others_.end()) return false;
    others_.erase(oldest);
    return true;
}

bool membership::lasts(rival& life, std::uint64_t incarnation, time_point heard_at) const {
    if (life.incarnation != incarnation || heard_at - life.last > own_.suspect_after)
        life = {incarnation, heard_at, heard_at};
    life.last = std::max(life.last, heard_at);
    return life.last - life.first > own_.suspect_after;
}

void membership::merge_same_life(const std::string& name, entry& e, const member_report& r,
                                 time_point now, bool direct) {
    if (e.left) return;
    if (r.left) {
        e.left = true;
        e.last_heard = std::max(e.last_heard, now - r.age);
        add_event(event::kind::left, name, e.address);
        changed(true);
        return;
    }
    if (direct) {
        e.last_heard_direct = now;
        e.link_lost = false;
    }
    if (r.beat > e.beat) {
        if (e.forgotten && r.age < forget_after) {
            e.forgotten = false;
            add_event(event::kind::joined, name, r.address);
            changed(true);
        }
        e.beat = r.beat;
        e.last_heard = std::max(e.last_heard, now - r.age);
        const bool worth_telling = differs(e.status, r.status) || e.address != r.address;
        if (worth_telling || e.status.requests_per_second != r.status.requests_per_second) {
            e.status = r.status;
            e.address = r.address;
            changed(worth_telling);
        }
    }
    judge(name, e, now);
}

/// Another process with a known name. If both are heard, the earlier one keeps the name; one that
/// has fallen silent gives it up.
void membership::merge_other_life(const std::string& name, entry& e, const member_report& r,
                                  time_point now, bool direct) {
    const auto heard_at = now - r.age;
    const bool later = r.incarnation > e.incarnation;
    if (r.left) {
        if (!later || fresh(e, now)) return;
        start_life(e, r, heard_at, now, direct);
        e.left = true;
        return;
    }
    const bool restarted = direct && e.link_lost; // the old process closed its link
    if (fresh(e, now) && !restarted) {
        // A restart, after which the old life falls silent; or two nodes, if both continue.
        if (!lasts(e.other, r.incarnation, heard_at) ||
            e.last_heard - e.other.first <= own_.suspect_after)
            return;
        add_event(event::kind::name_taken, name, later ? r.address : e.address);
        if (later) return;
    } else {
        if (heard_at <= e.last_heard && !restarted) return; // outdated
        // So may be a report of an earlier life; unless the clock was set back, and that life
        // continues.
        if (!later && !restarted && !lasts(e.other, r.incarnation, heard_at)) return;
        add_event(e.known() ? event::kind::restarted : event::kind::joined, name, r.address,
                  duration_cast<milliseconds>(now - e.last_heard));
    }
    start_life(e, r, heard_at, now, direct);
}

void membership::start_life(entry& e, const member_report& r, time_point heard_at, time_point now,
                            bool direct) {
    e = {};
    e.address = r.address;
    e.incarnation = r.incarnation;
    e.beat = r.beat;
    e.last_heard = heard_at;
    e.last_heard_direct = direct ? now : now - 2 * own_.suspect_after;
    e.since = now;
    e.status = r.status;
    const auto silence = now - heard_at;
    e.state = silence > own_.dead_after      ? member_state::dead
              : silence > own_.suspect_after ? member_state::suspect
                                             : member_state::alive;
    e.direct = direct;
    changed(true);
}

void membership::link_lost(const std::string& name, std::uint64_t incarnation) {
    const auto found = others_.find(name);
    if (found != others_.end() && found->second.incarnation == incarnation)
        found->second.link_lost = true;
}

std::optional<refused> membership::objection(const hello& peer, time_point now) const {
    if (peer.name == own_.name) {
        if (peer.incarnation == own_.incarnation)
            return refused{refusal::self, own_.address, own_.name};
        return refused{refusal::name_taken, own_.address, own_.name};
    }
    if (peer.lowest_version > protocol_version || peer.version < lowest_protocol_version)
        return refused{refusal::version, own_.address, own_.name};
    const auto found = others_.find(peer.name);
    if (found == others_.end()) return std::nullopt;
    const auto& e = found->second;
    if (peer.incarnation > e.incarnation && fresh(e, now) && !e.link_lost)
        return refused{refusal::name_taken, e.address, own_.name};
    return std::nullopt;
}

hello membership::own_hello() const {
    return {protocol_version, lowest_protocol_version, own_.name, own_.incarnation};
}

bool membership::set_status(const node_status& status) {
    const bool tell = differs(status_, status);
    if (status_ == status) return false;
    status_ = status;
    changed(tell);
    return tell;
}

void membership::changed(bool worth_telling) {
    if (worth_telling) ++revision_;
    view_.reset();
}

view_ptr membership::current() {
    if (view_) return view_;
    auto next = std::make_shared<view>();
    next->self = own_.name;
    next->members.push_back(
        {own_.name, own_.address, own_.incarnation, member_state::alive, true, status_});
    for (const auto& [name, e] : others_)
        if (e.known())
            next->members.push_back({name, e.address, e.incarnation, e.state, e.direct, e.status});
    std::sort(next->members.begin(), next->members.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (std::size_t i = 0; i < next->members.size(); ++i) {
        if (next->members[i].name == own_.name) next->rank = i;
        if (next->members[i].state == member_state::alive) ++next->alive;
    }
    return view_ = std::move(next);
}

void membership::add_event(event::kind type, const std::string& name, const std::string& address,
                           milliseconds silence) {
    // If they are never taken, later events are dropped.
    if (events_.size() < 256) events_.push_back({type, name, address, silence});
}

} // namespace thalamus::cluster
