#include <gtest/gtest.h>

#include "bench/fanout/simulate/scenario.hpp"

// The policy in a whole swarm, in simulated time: the same outcome on every machine.
namespace shoal::simulate {
namespace {

Scenario small_swarm() {
    Scenario scenario;
    scenario.hosts = 20;
    scenario.size = 16 << 20;
    scenario.piece_size = 64 << 10;
    scenario.slots = 8;
    return scenario;
}

TEST(Simulation, IsTheSameEachTime) {
    const Outcome first = run(small_swarm());
    const Outcome second = run(small_swarm());
    EXPECT_EQ(first.finished, second.finished);
    EXPECT_EQ(first.events, second.events);
}

TEST(Simulation, ARationingOriginSendsOneCopyAndTheSwarmFinishesSooner) {
    Scenario scenario = small_swarm();
    const Outcome rationed = run(scenario);
    scenario.ration = false;
    const Outcome plain = run(scenario);
    ASSERT_EQ(rationed.finished.size(), 20U);
    ASSERT_EQ(plain.finished.size(), 20U);
    EXPECT_LT(rationed.copies_until_one, 1.1);
    EXPECT_EQ(rationed.taken_back, 0U);
    EXPECT_LT(rationed.finished.back(), plain.finished.back());
    EXPECT_GT(rationed.finished.front(), scenario.one_copy_bound()) << "nothing beats the bound";
}

TEST(Simulation, LargePiecesNeedASmallWindow) {
    Scenario scenario = small_swarm();
    scenario.size = 640 << 20;
    scenario.piece_size = 5 << 20;
    const Outcome outcome = run(scenario);
    ASSERT_EQ(outcome.finished.size(), 20U);
    EXPECT_LE(outcome.largest_window, 16U);
    EXPECT_LT(outcome.copies_until_one, 1.1);
}

TEST(Simulation, EverybodyFinishesWhenTheOriginLeavesAtTheRelease) {
    Scenario scenario = small_swarm();
    scenario.hosts = 100;
    scenario.origin_leaves = true;
    scenario.give_up = 1000;
    const Outcome outcome = run(scenario);
    EXPECT_EQ(outcome.unfinished, 0U);
    EXPECT_EQ(outcome.finished.size(), 100U);
    EXPECT_LT(outcome.copies, 1.2);
}

TEST(Simulation, TheLivingFinishWhenAThirdDiesAndOthersComeLate) {
    Scenario scenario = small_swarm();
    scenario.hosts = 100;
    scenario.killed = 30;
    scenario.kill_at = 0.5 * scenario.one_copy_bound();
    scenario.late = 30;
    scenario.late_at = 0.7 * scenario.one_copy_bound();
    scenario.give_up = 1000;
    const Outcome outcome = run(scenario);
    EXPECT_EQ(outcome.unfinished, 0U);
    EXPECT_EQ(outcome.finished.size(), 40U);
    EXPECT_EQ(outcome.late_finished.size(), 30U);
}

TEST(Simulation, TwoOriginsSendLittleMoreThanOneCopyBetweenThem) {
    Scenario scenario = small_swarm();
    scenario.origins = 2;
    const Outcome outcome = run(scenario);
    EXPECT_EQ(outcome.unfinished, 0U);
    EXPECT_LT(outcome.copies_until_one, 1.2);
}

TEST(Simulation, SlowLinksAreNotTakenForStalls) {
    // A block takes 1.3 s here, and a HAVE may come half a minute after the last of them.
    Scenario scenario = small_swarm();
    scenario.hosts = 300;
    scenario.size = 4 << 20;
    scenario.piece_size = 16 << 10;
    scenario.rate = 12'500;
    const Outcome outcome = run(scenario);
    EXPECT_EQ(outcome.unfinished, 0U);
    EXPECT_LT(outcome.copies_until_one, 1.05);
}

TEST(Simulation, AThousandHostsFinish) {
    Scenario scenario = small_swarm();
    scenario.hosts = 1000;
    scenario.give_up = 1000;
    const Outcome outcome = run(scenario);
    EXPECT_EQ(outcome.finished.size(), 1000U);
    EXPECT_LT(outcome.copies_until_one, 1.1);
}

}  // namespace
}  // namespace shoal::simulate
