// Membership by simulation: each property over hundreds of seeds, each a schedule of its own.

#include "tests/cluster/simulation.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

namespace thalamus::cluster::test::membership_test {
namespace {

constexpr unsigned seeds = 300;
/// A heartbeat until the other speaks, one until this node looks, and the way.
constexpr milliseconds slack = 500ms + 500ms + 50ms;

unsigned some_nodes(std::uint64_t seed, unsigned least = 2) {
    return least + static_cast<unsigned>(seed % (10 - least));
}

template <class F>
void for_each_seed(F f, unsigned count = seeds) {
    for (unsigned seed = 1; seed <= thalamus::test::seeded_runs(count); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        f(std::uint64_t{seed});
        if (testing::Test::HasFailure()) return;
    }
}

TEST(membership, nodes_that_know_one_seed_find_each_other) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed)});
        s.run_for(2s);
        EXPECT_TRUE(s.all_alive());
    });
}

TEST(membership, nobody_is_suspected_without_a_fault) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed), .most_delay = 400ms}); // reorders, too
        s.run_for(60s);
        EXPECT_TRUE(s.all_alive());
        EXPECT_EQ(s.count(event_kind::suspected), 0u);
    });
}

TEST(membership, nobody_is_dead_for_lost_messages) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed, 3), .loss = 0.2});
        s.run_for(60s);
        EXPECT_EQ(s.count(event_kind::died), 0u);
    });
}

TEST(membership, a_frozen_node_is_suspected_and_dead_in_time_and_returns_by_itself) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed)});
        s.run_for(5s + milliseconds{s.random() % 1000});
        const auto victim = static_cast<unsigned>(s.random() % s.nodes.size());
        const auto name = s.name_of(victim);
        s.forget_events();
        s.freeze(victim);
        s.run_for(1900ms - 500ms - 20ms); // its last beat is at most a heartbeat and the way old
        for (unsigned i = 0; i < s.nodes.size(); ++i)
            EXPECT_EQ(s.state_at(i, name), member_state::alive) << i;
        s.run_for(620ms + slack);
        for (unsigned i = 0; i < s.nodes.size(); ++i)
            if (i != victim) {
                EXPECT_EQ(s.state_at(i, name), member_state::suspect) << i;
            }
        s.run_for(4s);
        for (unsigned i = 0; i < s.nodes.size(); ++i)
            if (i != victim) {
                EXPECT_EQ(s.state_at(i, name), member_state::dead) << i;
            }
        s.run_for(10s);
        s.thaw(victim);
        s.run_for(1s);
        EXPECT_TRUE(s.all_alive());
        // The one that slept accuses nobody of its own silence.
        EXPECT_EQ(s.count(victim, event_kind::suspected) + s.count(victim, event_kind::died), 0u);
        EXPECT_EQ(s.count(event_kind::died), s.nodes.size() - 1);
    });
}

TEST(membership, parts_of_a_cut_cluster_give_each_other_up_and_meet_again) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed)});
        s.run_for(5s);
        std::vector<bool> left;
        for (unsigned i = 0; i < s.nodes.size(); ++i) left.push_back(s.random() % 2 == 0);
        for (unsigned i = 0; i < s.nodes.size(); ++i)
            for (unsigned j = 0; j < s.nodes.size(); ++j)
                if (left[i] != left[j]) s.cut(i, j);
        s.run_for(6s + slack);
        std::set<bool> with_majority;
        for (unsigned i = 0; i < s.nodes.size(); ++i) {
            for (unsigned j = 0; j < s.nodes.size(); ++j)
                EXPECT_EQ(s.state_at(i, s.name_of(j)),
                          left[i] == left[j] ? member_state::alive : member_state::dead);
            EXPECT_EQ(s.view_of(i)->known(), s.nodes.size());
            if (s.view_of(i)->majority()) with_majority.insert(left[i]);
        }
        EXPECT_LE(with_majority.size(), 1u);
        s.heal();
        s.run_for(1500ms);
        EXPECT_TRUE(s.all_alive());
    });
}

TEST(membership, a_link_cut_in_one_direction_makes_nobody_suspect_while_others_hear_both) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed, 3)});
        s.run_for(5s);
        const auto from = static_cast<unsigned>(s.random() % s.nodes.size());
        const auto to = (from + 1) % static_cast<unsigned>(s.nodes.size());
        s.forget_events();
        s.cut(from, to);
        s.run_for(60s);
        EXPECT_EQ(s.count(event_kind::suspected), 0u);
        EXPECT_FALSE(s.view_of(to)->find(s.name_of(from))->direct);
        EXPECT_TRUE(s.view_of(from)->find(s.name_of(to))->direct);
        s.heal();
        s.run_for(1s);
        EXPECT_TRUE(s.view_of(to)->find(s.name_of(from))->direct);
    });
}

TEST(membership, a_node_that_nobody_hears_dies_once_and_does_not_flap) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed)});
        s.run_for(5s);
        const auto mute = static_cast<unsigned>(s.random() % s.nodes.size());
        s.forget_events();
        for (unsigned i = 0; i < s.nodes.size(); ++i)
            if (i != mute) s.cut(mute, i);
        s.run_for(120s);
        EXPECT_EQ(s.count(event_kind::died), s.nodes.size() - 1);
        EXPECT_EQ(s.count(event_kind::recovered), 0u);
        EXPECT_EQ(s.count(mute, event_kind::suspected), 0u);
        s.heal();
        s.run_for(1s);
        EXPECT_TRUE(s.all_alive());
    });
}

TEST(membership, a_restarted_node_replaces_its_former_life) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed)});
        s.run_for(5s);
        const auto victim = static_cast<unsigned>(s.random() % s.nodes.size());
        const bool at_once = seed % 2 == 0, clock_put_back = seed % 3 == 0;
        s.stop(victim, false);
        if (!at_once) s.run_for(20s);
        s.run_for(50ms);
        if (seed % 5 == 0) s.nodes[victim].address = "10.0.1.1:7946";
        s.start(victim, s.name_of(victim), clock_put_back ? -600000 : 0);
        const auto life = s.nodes[victim].members->own_hello().incarnation;
        s.run_for(2s + slack);
        EXPECT_TRUE(s.all_alive());
        for (unsigned i = 0; i < s.nodes.size(); ++i)
            EXPECT_EQ(s.view_of(i)->find(s.name_of(victim))->incarnation, life) << i;
        EXPECT_EQ(s.count(event_kind::name_taken), 0u);
    });
}

TEST(membership, a_node_that_leaves_is_known_to_nobody_and_old_news_do_not_bring_it_back) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed, 3), .most_delay = 300ms});
        s.run_for(5s);
        const auto gone = 1 + static_cast<unsigned>(s.random() % (s.nodes.size() - 1));
        const auto cut_off = gone == 1 ? 2u : 1u; // hears of it through others
        s.cut(gone, cut_off);
        s.stop(gone, true);
        s.run_for(1500ms);
        EXPECT_TRUE(s.all_alive());
        for (int i = 0; i < 20; ++i) {
            s.run_for(1s);
            EXPECT_TRUE(s.all_alive());
        }
        EXPECT_EQ(s.count(event_kind::suspected), 0u);
        s.heal();
        s.start(gone, s.name_of(gone));
        s.run_for(2s);
        EXPECT_TRUE(s.all_alive());
    });
}

TEST(membership, of_two_nodes_with_one_name_the_later_is_refused_and_it_is_said) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed, 3), .all_seeds = seed % 2 == 0});
        s.run_for(5s);
        const auto first = 1 + static_cast<unsigned>(s.random() % (s.nodes.size() - 1));
        const auto second = first == 1 ? 2u : 1u;
        s.stop(second, true);
        s.run_for(2s);
        s.start(second, s.name_of(first));
        s.run_for(30s);
        const auto life = s.nodes[first].members->own_hello().incarnation;
        for (unsigned i = 0; i < s.nodes.size(); ++i)
            if (i != second) {
                EXPECT_EQ(s.view_of(i)->find(s.name_of(first))->incarnation, life) << i;
            }
        EXPECT_GT(s.count(0, event_kind::name_taken), 0u);
        if (seed % 2 == 0) {
            EXPECT_GT(s.count(second, event_kind::name_taken), 0u);
        }
        const auto peer = s.nodes[second].members->own_hello();
        const auto no = s.nodes[0].members->objection(peer, s.now);
        ASSERT_TRUE(no.has_value());
        EXPECT_EQ(no->reason, refusal::name_taken);
        EXPECT_EQ(no->address, s.nodes[first].address);
        s.stop(first, true); // the name is free
        s.run_for(3s);
        EXPECT_TRUE(s.all_alive());
    });
}

TEST(membership, two_nodes_with_one_name_that_meet_after_a_cut_are_told_apart) {
    for_each_seed(
        [](auto seed) {
            simulation s(seed, {.nodes = 4, .all_seeds = true});
            s.run_for(3s);
            s.stop(3, true);
            s.run_for(12min); // and is forgotten
            for (unsigned i : {0u, 1u})
                for (unsigned j : {2u, 3u}) {
                    s.cut(i, j);
                    s.cut(j, i);
                }
            s.stop(1, false);
            s.start(3, s.name_of(1)); // in the other part
            s.run_for(8s);
            s.start(1, s.name_of(1)); // the later
            s.run_for(8s);
            s.heal();
            s.run_for(5s + milliseconds{s.random() % 1000});
            const auto earlier = s.nodes[3].members->own_hello().incarnation;
            for (unsigned i : {0u, 2u})
                EXPECT_EQ(s.view_of(i)->find(s.name_of(1))->incarnation, earlier) << i;
            EXPECT_GT(s.count(event_kind::name_taken), 0u);
        },
        50);
}

TEST(membership, the_dead_are_known_for_ten_minutes_then_forgotten_by_all) {
    for_each_seed(
        [](auto seed) {
            simulation s(seed, {.nodes = 4, .most_delay = 300ms});
            s.run_for(5s);
            s.stop(2, false);
            s.run_for(9min + 55s);
            for (unsigned i : {0u, 1u, 3u}) EXPECT_EQ(s.view_of(i)->known(), 4u);
            s.run_for(10s);
            EXPECT_TRUE(s.all_alive());
            s.run_for(30s);
            EXPECT_TRUE(s.all_alive());
            s.start(2, s.name_of(2)); // knows of none but the first node
            s.run_for(2s);
            EXPECT_TRUE(s.all_alive());
        },
        30);
}

TEST(membership, a_change_of_status_is_known_to_all_after_the_way_not_after_a_heartbeat) {
    for_each_seed([](auto seed) {
        simulation s(seed, {.nodes = some_nodes(seed)});
        s.run_for(5s);
        const auto who = static_cast<unsigned>(s.random() % s.nodes.size());
        s.push_status(who, store_state::down);
        s.run_for(20ms);
        for (unsigned i = 0; i < s.nodes.size(); ++i)
            EXPECT_EQ(s.view_of(i)->find(s.name_of(who))->status.store, store_state::down) << i;
    });
}

TEST(membership, converges_after_any_mixture_of_faults) {
    for_each_seed(
        [](auto seed) {
            simulation s(seed, {.nodes = some_nodes(seed),
                                .most_delay = milliseconds{1 + seed % 300},
                                .loss = seed % 4 == 0 ? 0.1 : 0});
            const auto size = s.nodes.size();
            const auto any = [&] { return static_cast<unsigned>(s.random() % size); };
            s.run_for(3s);
            for (int step = 0; step < 20; ++step) {
                const auto i = any(), j = any();
                switch (s.random() % 8) {
                case 0:
                    if (s.nodes[i].up) s.freeze(i);
                    break;
                case 1:
                    if (s.nodes[i].up && s.nodes[i].frozen) s.thaw(i);
                    break;
                case 2: s.cut(i, j); break;
                case 3:
                    s.cut(i, j);
                    s.cut(j, i);
                    break;
                case 4: s.heal(); break;
                case 5:
                    if (s.nodes[i].up && !s.nodes[i].frozen) s.stop(i, s.random() % 2 == 0);
                    break;
                case 6:
                    if (!s.nodes[i].up) s.start(i, s.name_of(i));
                    break;
                default: break;
                }
                s.run_for(milliseconds{s.random() % 4000});
            }
            s.heal();
            for (unsigned i = 0; i < size; ++i) {
                if (s.nodes[i].frozen && s.nodes[i].up) s.thaw(i);
                if (!s.nodes[i].up) s.start(i, s.name_of(i));
            }
            s.run_for(6s);
            EXPECT_TRUE(s.all_alive());
            // Bounded: one message to each other node a heartbeat, none longer than its members
            // need.
            const auto before = s.nodes[0].sent;
            s.run_for(10s);
            EXPECT_LE(s.nodes[0].sent - before, (size - 1) * 21);
            for (const auto& n : s.nodes) EXPECT_LE(n.largest, 150 * size);
        },
        2000);
}

membership alone(time_point now) { return {{"a", "10.0.0.1:1", 1000, 500ms, 2s, 6s}, {}, now}; }

TEST(membership, a_node_that_stands_still_for_any_time_suspects_nobody) {
    for (const auto suspect_after : {1500ms, 2000ms, 5000ms})
        for (auto pause = 510ms; pause < 7s; pause += 10ms) {
            time_point now{1h};
            membership m({"a", "10.0.0.1:1", 1000, 500ms, suspect_after, 3 * suspect_after}, {},
                         now);
            auto hear = [&, beat = std::uint64_t{0}]() mutable {
                m.receive({{"b", "x", 5, ++beat}, {}, {}}, now);
            };
            m.tick(now);
            hear();
            now += 490ms; // b's next is on its way when this node stops
            m.tick(now);
            now += pause;
            m.tick(now);
            EXPECT_EQ(m.current()->find("b")->state, member_state::alive)
                << suspect_after.count() << ' ' << pause.count();
            hear();
            EXPECT_EQ(m.current()->alive, 2u);
        }
}

TEST(membership, takes_in_no_more_members_than_it_may) {
    const time_point now{1h};
    auto m = alone(now);
    for (int i = 0; i < 1000; ++i) m.receive({{"n" + std::to_string(i), "x", 5, 1}, {}, {}}, now);
    EXPECT_EQ(m.current()->known(), most_members);
    EXPECT_EQ(m.take_events().back().type, event_kind::full);
}

TEST(membership, those_that_have_left_make_room_for_others) {
    time_point now{1h};
    auto m = alone(now);
    for (int i = 0; i < 1000; ++i, now += 1s) {
        const std::string name = "n" + std::to_string(i);
        m.receive({{name, "x", 5, 1}, {}, {}}, now);
        EXPECT_NE(m.current()->find(name), nullptr);
        m.receive({{name, "x", 5, 2, 0ms, true}, {}, {}}, now);
        EXPECT_EQ(m.current()->known(), 1u);
    }
    EXPECT_LT(m.beat(now).others.size(), most_members);
}

TEST(membership, objects_to_itself_to_its_own_name_and_to_foreign_protocols) {
    const time_point now{1h};
    const auto m = alone(now);
    const auto why = [&](hello h) { return m.objection(h, now)->reason; };
    EXPECT_EQ(why({1, 1, "a", 1000}), refusal::self);
    EXPECT_EQ(why({1, 1, "a", 1001}), refusal::name_taken);
    EXPECT_EQ(why({9, 2, "b", 1}), refusal::version);
    EXPECT_FALSE(m.objection({9, 1, "b", 1}, now).has_value()); // a later one that speaks ours
}

TEST(membership, a_view_counts_ranks_and_majority) {
    const time_point now{1h};
    auto m = membership({"b", "x", 1000, 500ms, 2s, 6s}, {}, now);
    EXPECT_TRUE(m.current()->majority());
    m.receive({{"a", "x", 1, 1}, {{"c", "x", 1, 1, 7s}, {"d", "x", 1, 1, 3s}}, {}}, now);
    const auto v = m.current();
    EXPECT_EQ(v->rank, 1u);
    EXPECT_EQ(v->known(), 4u);
    EXPECT_EQ(v->alive, 2u);
    EXPECT_FALSE(v->majority()); // two of four
    EXPECT_EQ(v->find("c")->state, member_state::dead);
    EXPECT_EQ(v->find("d")->state, member_state::suspect);
    EXPECT_EQ(v->find("e"), nullptr);
    EXPECT_EQ(v->own().name, "b");
}

} // namespace
} // namespace thalamus::cluster::test::membership_test
